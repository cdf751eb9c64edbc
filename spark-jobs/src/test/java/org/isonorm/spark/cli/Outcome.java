package org.isonorm.spark.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command printed in this process, and how it ended. */
record Outcome(int exitCode, String out, String err) {
  /** Of words between which there are spaces. */
  static Outcome run(String arguments) {
    return run(arguments.isBlank() ? new String[0] : arguments.strip().split(" "));
  }

  static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = CommandLineInterface.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Outcome(exitCode, out.toString(), err.toString());
  }
}
