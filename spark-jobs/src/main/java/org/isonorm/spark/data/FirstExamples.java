package org.isonorm.spark.data;

import java.io.IOException;
import org.isonorm.data.shard.Shard;

/** The first training examples, as many as are asked for or all there are. */
public interface FirstExamples {
  Shard first(int count) throws IOException;
}
