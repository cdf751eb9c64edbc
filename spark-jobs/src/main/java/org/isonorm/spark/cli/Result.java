package org.isonorm.spark.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/** Results as JSON: camelCase keys, in the order of a record's components. */
final class Result {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Result() {}

  /** Prints an object on one line. */
  static void print(PrintWriter out, Object result) {
    try {
      out.println(JSON.writeValueAsString(result));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(
          "Cannot write the result as JSON: " + e.getOriginalMessage(), e);
    }
  }
}
