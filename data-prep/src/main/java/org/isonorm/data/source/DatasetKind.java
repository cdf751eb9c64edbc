package org.isonorm.data.source;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** The data sets that can be ingested. */
public enum DatasetKind {
  /** 60,000 photographs in 10 classes (Krizhevsky 2009). */
  @JsonProperty("cifar10")
  CIFAR10,
  /**
   * 60,000 photographs in 100 classes, which are grouped into 20 coarse classes (Krizhevsky 2009).
   */
  @JsonProperty("cifar100")
  CIFAR100,
  /** Procedurally drawn shapes and textures; see {@link SyntheticDataset}. */
  @JsonProperty("synthetic")
  SYNTHETIC,
  /** Anyone's PNG and JPEG files in folders named by their classes; see {@link ImageFolder}. */
  @JsonProperty("folder")
  FOLDER,
  /** Anyone's images in the Hugging Face hub's Parquet layout; see {@link HuggingFaceCopy}. */
  @JsonProperty("huggingface")
  HUGGINGFACE;

  /**
   * The name on the command line, in the configuration and in the manifest: {@code cifar10}, {@code
   * cifar100}, {@code synthetic}, {@code folder}, {@code huggingface}.
   */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it is somebody's own: its classes and the size of its images are its manifest's. */
  public boolean isOwn() {
    return this == FOLDER || this == HUGGINGFACE;
  }

  @Override
  public String toString() {
    return id();
  }
}
