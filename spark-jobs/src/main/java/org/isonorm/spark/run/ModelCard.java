package org.isonorm.spark.run;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ExifPolicy;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.shard.Unreadable;
import org.isonorm.spark.storage.Storage;

/**
 * What a user of a model must know beside its weights: an entry of model.zip.
 *
 * @param classNames in the order of the network's outputs
 * @param height of its images, pixels
 * @param width of its images, pixels
 * @param channels of its images
 * @param mean of every channel of the training images, of values in [0, 1]
 * @param std their deviation
 * @param resizedHeight of images before their middle is taken, pixels; as {@code height} in older
 *     cards, which do not say it, and where all of an image is seen
 * @param resizedWidth likewise
 * @param resizing how an image of another size becomes one of this: {@value #TRIANGLE}, so too in
 *     older cards, or {@value #TRIANGLE_CENTER_CROP}, which those who do not know it must refuse
 * @param exif how image files are turned; upright in older cards
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelCard(
    List<String> classNames,
    int height,
    int width,
    int channels,
    List<Double> mean,
    List<Double> std,
    int resizedHeight,
    int resizedWidth,
    String resizing,
    ExifPolicy exif)
    implements Serializable {
  /** {@link Resampling}'s. */
  public static final String TRIANGLE = "triangle";

  /** The same to another size, of which the middle is seen. */
  static final String TRIANGLE_CENTER_CROP = "triangle-center-crop";

  static final String ENTRY = "isonorm-model.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  public ModelCard {
    classNames = List.copyOf(classNames);
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    resizing = resizing == null ? TRIANGLE : resizing;
    exif = exif == null ? ExifPolicy.UPRIGHT : exif;
    resizedHeight = resizedHeight == 0 ? height : resizedHeight;
    resizedWidth = resizedWidth == 0 ? width : resizedWidth;
    if (!resizing.equals(TRIANGLE) && !resizing.equals(TRIANGLE_CENTER_CROP)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Unsupported resizing: %s (this version knows %s and %s; use the version that trained the model)",
              resizing,
              TRIANGLE,
              TRIANGLE_CENTER_CROP));
    }
  }

  /**
   * The card of a model trained on a data set.
   *
   * @param crop what of its images the network sees
   */
  public static ModelCard of(DatasetManifest manifest, CenterCrop crop) {
    ImageShape seen = crop.of(manifest.shape());
    return new ModelCard(
        manifest.classNames(),
        seen.height(),
        seen.width(),
        seen.channels(),
        manifest.mean(),
        manifest.std(),
        manifest.height(),
        manifest.width(),
        crop.equals(CenterCrop.NONE) ? TRIANGLE : TRIANGLE_CENTER_CROP,
        manifest.exif());
  }

  /** Images as the network takes them. */
  public ImageShape shape() {
    return new ImageShape(height, width, channels);
  }

  /** Images as they are resized. */
  public ImageShape resized() {
    return new ImageShape(resizedHeight, resizedWidth, channels);
  }

  /** What of resized images the network sees. */
  public CenterCrop crop() {
    return resizing.equals(TRIANGLE) ? CenterCrop.NONE : new CenterCrop(height);
  }

  /** What makes features of resized images. */
  public BatchAssembler assembler() {
    return BatchAssembler.of(
        resized(), crop(), classNames.size(), mean, std, AugmentationSettings.NONE);
  }

  /** Copies a local model file, and adds the card. */
  void publish(Path model, Path to) throws IOException {
    ModelZip.copyWith(model, to, ENTRY, JSON.writeValueAsBytes(this));
  }

  /**
   * The card in a model file; none in files written before models had one, and in checkpoints.
   *
   * @throws IOException in one sentence that names the file, if it is damaged
   */
  public static Optional<ModelCard> read(Path model) throws IOException {
    return read(model, model);
  }

  private static Optional<ModelCard> read(Path model, Object shown) throws IOException {
    if (!Files.isRegularFile(model)) {
      throw new IOException(String.format(Locale.ROOT, "Cannot read %s: no such file", shown));
    }
    try {
      return Storage.readLocally(model, ModelCard::readLocal);
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it is damaged or not a model (%s)",
              shown,
              Unreadable.reason(e)),
          e);
    }
  }

  /**
   * The card in a model file.
   *
   * @throws IOException in one sentence that names the file, also if it has none
   */
  public static ModelCard require(Path model) throws IOException {
    return require(model, model);
  }

  /**
   * The card in a file that is a copy of a model's.
   *
   * @param shown what errors call the model
   * @throws IOException in one sentence, also if it has none
   */
  public static ModelCard require(Path copy, Object shown) throws IOException {
    return read(copy, shown)
        .orElseThrow(
            () ->
                new IOException(
                    String.format(
                        Locale.ROOT,
                        "Cannot load model %s: it does not say its classes and normalization (take model.zip of a run of this version, not a checkpoint)",
                        shown)));
  }

  private static Optional<ModelCard> readLocal(Path model) throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(model, Map.of())) {
      Path entry = zip.getPath(ENTRY);
      return Files.exists(entry)
          ? Optional.of(JSON.readValue(Files.readAllBytes(entry), ModelCard.class))
          : Optional.empty();
    }
  }
}
