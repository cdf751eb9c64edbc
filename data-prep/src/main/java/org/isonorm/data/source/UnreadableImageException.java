package org.isonorm.data.source;

import java.io.IOException;
import java.util.Locale;
import org.isonorm.data.shard.Unreadable;

/** An image that cannot be read, in one sentence that names it; such an image may be skipped. */
final class UnreadableImageException extends IOException {
  private static final long serialVersionUID = 1L;

  /** How every reason begins that this package gives. */
  private static final String OWN_WORDS = "it";

  UnreadableImageException(String name, String reason, Throwable cause) {
    super(String.format(Locale.ROOT, "Cannot read image %s: %s", name, reason), cause);
  }

  /** Named as what it was meant to be, whatever broke it. */
  static UnreadableImageException of(String name, Throwable cause) {
    return new UnreadableImageException(name, reason(cause), cause);
  }

  private static String reason(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      return "it asks for more memory than there is (raise the heap, or lower max-pixels)";
    }
    if (cause instanceof LinkageError) {
      return String.format(
          Locale.ROOT,
          "libwebp cannot be loaded here (%s; set -Djava.io.tmpdir to a folder that programs may run from, or convert the image to PNG)",
          Unreadable.reason(cause));
    }
    String reason = Unreadable.reason(cause);
    // The readers of formats have words of their own for what is broken.
    return reason.startsWith(OWN_WORDS)
        ? reason
        : String.format(Locale.ROOT, "it is damaged (%s)", reason);
  }
}
