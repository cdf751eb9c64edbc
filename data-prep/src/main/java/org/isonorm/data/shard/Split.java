package org.isonorm.data.shard;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** A part of a data set that is stored, counted and read by itself. */
public enum Split {
  /** The images to learn from; a validation split is a range of its positions. */
  @JsonProperty("train")
  TRAIN,
  /** The images a finished network is evaluated on. */
  @JsonProperty("test")
  TEST;

  /** The split's folder inside an ingested data set, which is also its name in messages. */
  public String directory() {
    return name().toLowerCase(Locale.ROOT);
  }
}
