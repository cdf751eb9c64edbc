package org.isonorm.data.shard;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What the orientation does that a camera writes into its files. */
public enum ExifPolicy {
  /** Images are turned as the camera was held. */
  @JsonProperty("upright")
  UPRIGHT,
  /** They are taken as they are stored. */
  @JsonProperty("ignore")
  IGNORE
}
