package org.isonorm.spark.predict;

import java.io.IOException;
import java.io.Serializable;

/** Takes the image out of a row. Serialized to executors. */
@FunctionalInterface
public interface ImageReader<T> extends Serializable {
  /**
   * The image of a row.
   *
   * @throws IOException in one sentence that names it, if there is none or it cannot be read; the
   *     row is then one without a score
   */
  RawImage image(T row) throws IOException;
}
