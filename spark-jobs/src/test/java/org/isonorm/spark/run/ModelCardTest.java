package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCardTest {
  private static final String BEFORE =
      "\"classNames\":[\"a\",\"b\"],\"height\":8,\"width\":9,\"channels\":1,\"mean\":[0.5],\"std\":[0.25]";

  @TempDir Path folder;

  private Path zip(String entry, String content) throws IOException {
    Path file = folder.resolve("model.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return file;
  }

  @Test
  void comesBackAsItWasAdded() throws IOException {
    ModelCard card =
        new ModelCard(
            List.of("a", "b"),
            8,
            8,
            1,
            List.of(0.5),
            List.of(0.25),
            10,
            12,
            ModelCard.TRIANGLE_CENTER_CROP,
            ExifPolicy.IGNORE);
    Path file = zip("other", "");
    assertThat(ModelCard.read(file)).isEmpty();
    Path model = folder.resolve("published.zip");
    card.publish(file, model);
    assertThat(ModelCard.require(model)).isEqualTo(card);
    assertThat(card.crop()).isEqualTo(new CenterCrop(8));
    try (ZipFile zip = new ZipFile(model.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName)).containsExactly("other", ModelCard.ENTRY);
    }
  }

  @Test
  void olderCardsResizeByATriangleAndTurnUpright() throws IOException {
    ModelCard card = ModelCard.require(zip(ModelCard.ENTRY, "{" + BEFORE + "}"));
    assertThat(card.classNames()).containsExactly("a", "b");
    assertThat(card.resizing()).isEqualTo("triangle");
    assertThat(card.resized()).isEqualTo(new ImageShape(8, 9, 1));
    assertThat(card.crop()).isEqualTo(CenterCrop.NONE);
    assertThat(card.exif()).isEqualTo(ExifPolicy.UPRIGHT);
  }

  @Test
  void whatThisVersionDoesNotDoIsRefused() throws IOException {
    Path lanczos = zip(ModelCard.ENTRY, "{" + BEFORE + ",\"resizing\":\"lanczos\"}");
    assertThatThrownBy(() -> ModelCard.require(lanczos))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(lanczos.toString())
        .hasMessageContaining(
            "Unsupported resizing: lanczos (this version knows triangle and triangle-center-crop;");
  }

  @Test
  void aModelWithoutACardIsRefusedWithTheRemedy() throws IOException {
    Path file = zip("configuration.json", "{}");
    assertThatThrownBy(() -> ModelCard.require(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot load model %s: it does not say its classes and normalization (take model.zip of a run of this version, not a checkpoint)",
            file);
  }
}
