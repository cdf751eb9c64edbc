package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.ImageFiles;
import org.isonorm.data.shard.Split;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files of a folder are its images, whatever they are called. */
class ImageFolderTest {
  private static final Configuration HADOOP = new Configuration();
  private static final ImageFileSettings HALF = new ImageFileSettings(0, 0.5);

  @TempDir Path folder;

  /** Writes an image whose name's bytes are escaped, which works in every locale. */
  private Path image(String escaped, int number) throws IOException {
    Path file = Path.of(URI.create(folder.toUri() + escaped));
    Files.createDirectories(file.getParent());
    return Files.write(file, ImageFiles.png(2, 3, number));
  }

  private ImageFolder open() throws IOException {
    return ImageFolder.open(folder.toString(), HALF, 1, HADOOP);
  }

  private static long count(ImageFolder images) {
    return images.images().values().stream().mapToLong(List::size).sum();
  }

  /** What a process in another locale prints of a folder: its classes and its images. */
  static final class InAnotherLocale {
    private InAnotherLocale() {}

    public static void main(String[] arguments) throws IOException {
      ImageFolder images = ImageFolder.open(arguments[0], HALF, 1, HADOOP);
      StringBuilder text = new StringBuilder();
      for (byte letter :
          (images.classNames() + " " + count(images)).getBytes(StandardCharsets.UTF_8)) {
        text.append(letter >= 0 ? "" + (char) letter : "%%%02X".formatted(letter));
      }
      System.out.println(text);
    }
  }

  @Tag("long")
  @Test
  void namesThatTheLocaleCannotShowAreRead() throws IOException, InterruptedException {
    image("%C3%84pfel/1.png", 1);
    image("%C3%84pfel/caf%C3%A9.png", 2);
    image("plums/1.png", 3);
    image("plums/caf%E9.png", 4);
    for (String locale : List.of("C", "C.UTF-8")) {
      ProcessBuilder java =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  InAnotherLocale.class.getName(),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      java.environment().put("LC_ALL", locale);
      Process process = java.start();
      String printed =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(process.waitFor()).isZero();
      assertThat(printed.strip()).endsWith("[plums, %C3%84pfel] 4");
    }
  }

  @Test
  void colonsAndSpacesAreLettersLikeOthers() throws IOException {
    image("a%3Ab/x%3A1.png", 1);
    image("a%3Ab/2.png", 2);
    image("c%20%23d/%25.png", 3);
    image("c%20%23d/q%3F.png", 4);
    ImageFolder images = open();
    assertThat(images.classNames()).containsExactly("a:b", "c #d");
    for (ImageFolder.Labelled labelled : images.images().get(Split.TRAIN)) {
      assertThat(FileTree.read(labelled.file(), HADOOP)).hasSizeGreaterThan(40);
      assertThat(labelled.bytes()).isEqualTo(FileTree.read(labelled.file(), HADOOP).length);
    }
    assertThat(count(images)).isEqualTo(4);
    Path withColon = Files.createDirectories(folder.resolve("own:images"));
    Files.move(folder.resolve("a:b"), withColon.resolve("a:b"));
    Files.move(folder.resolve("c #d"), withColon.resolve("c #d"));
    assertThat(count(ImageFolder.open(withColon.toString(), HALF, 1, HADOOP))).isEqualTo(4);
    assertThat(count(ImageFolder.open("file:" + withColon, HALF, 1, HADOOP))).isEqualTo(4);
    assertThatIOException()
        .isThrownBy(() -> ImageFolder.open("not:there", HALF, 1, HADOOP))
        .withMessage(
            "Cannot ingest not:there: file:%s/not:there does not exist",
            Path.of("").toAbsolutePath());
  }

  @Test
  void aLinkThatLeadsNowhereIsNamed() throws IOException {
    image("a/1.png", 1);
    image("a/2.png", 2);
    image("b/1.png", 3);
    Path link = folder.resolve("b/2.png");
    Files.createSymbolicLink(link, folder.resolve("gone.png"));
    assertThatIOException()
        .isThrownBy(this::open)
        .withMessage(
            "Cannot read image file:%s: it is a link that leads nowhere (mend or remove it)", link);
    Files.delete(link);
    Files.createSymbolicLink(folder.resolve("c"), folder.resolve("gone"));
    assertThatIOException()
        .isThrownBy(this::open)
        .withMessage(
            "Cannot ingest %s: file:%s/c is a link that leads nowhere (mend or remove it)",
            folder, folder);
  }

  @Test
  void onlyWhatSystemsLeaveBehindIsLeftOut() throws IOException {
    image("_background/_DSC0001.png", 1);
    image("_background/__2.png", 2);
    image("_background/._DSC0001.png", 3);
    image("_background/.hidden.png", 4);
    image("cats/1.png", 5);
    image("cats/2.PNG", 6);
    image("cats/Thumbs.db", 7);
    image("cats/desktop.ini", 8);
    image("cats/.DS_Store", 9);
    image("cats/notes.txt", 10);
    image("__MACOSX/cats/1.png", 11);
    image(".git/1.png", 12);
    image("stray.png", 13);
    ImageFolder images = open();
    assertThat(images.classNames()).containsExactly("_background", "cats");
    assertThat(count(images)).isEqualTo(4);
  }

  @Test
  void whatIsLeftOutIsCountedByItsReason() {
    LeftOut leftOut = new LeftOut();
    for (String name :
        List.of("._a.png", "._b.png", ".a", ".DS_Store", "Thumbs.db", "__MACOSX", "_a.png", "a")) {
      leftOut.byName(name);
    }
    leftOut.other("a.TXT");
    leftOut.other("b.txt");
    leftOut.withoutClass();
    assertThat(leftOut)
        .hasToString(
            "1 × .DS_Store, 2 × AppleDouble (._*), 1 × Thumbs.db, 1 × __MACOSX, 1 × hidden (.*),"
                + " 1 × image beside the class folders, 2 × no image (*.txt)");
  }

  @Test
  void foldersInAClassFolderBelongToIt() throws IOException {
    image("a/z.png", 1);
    image("a/2019/may/1.png", 2);
    image("a/2019/2.png", 3);
    image("b/1.png", 4);
    image("b/x/1.png", 5);
    ImageFolder images =
        ImageFolder.open(folder.toString(), new ImageFileSettings(0, 0.01), 1, HADOOP);
    assertThat(images.classNames()).containsExactly("a", "b");
    assertThat(count(images)).isEqualTo(5);
    Files.createSymbolicLink(folder.resolve("b/round"), folder);
    assertThatIOException()
        .isThrownBy(this::open)
        .withMessageEndingWith("is 33 folders deep (does a link lead back to a folder above it?)");
  }
}
