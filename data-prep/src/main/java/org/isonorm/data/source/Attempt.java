package org.isonorm.data.source;

import java.io.Serializable;
import org.isonorm.data.shard.Example;

/** What came of reading an example: on its way between executors. */
public sealed interface Attempt extends Serializable {
  /** Rank of the example in the source, over all files of the split, read or not. */
  int index();

  /** An example that was read. */
  record Read(Example example) implements Attempt {
    @Override
    public int index() {
      return Math.toIntExact(example.index());
    }
  }

  /** An image of a class that cannot be read, in a sentence that names it. */
  record Unread(int index, int label, String reason) implements Attempt {}
}
