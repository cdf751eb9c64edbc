package org.isonorm.spark;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.isonorm.spark.cli.CommandLineInterface;
import org.isonorm.spark.session.UnnamedUser;

/** The entry point of {@code bin/isonorm} and of {@code spark-submit}. */
public final class Isonorm {
  private Isonorm() {}

  /** Runs a command and exits: 0 done, 1 failed, 2 bad usage, 130 and 143 stopped by a signal. */
  public static void main(String[] args) {
    // Numbers read the same everywhere.
    Locale.setDefault(Locale.ROOT);
    PrintStream stdout = System.out;
    // Whatever a library prints must not mix with a result.
    System.setOut(System.err);
    PrintWriter out = new PrintWriter(new OutputStreamWriter(stdout, StandardCharsets.UTF_8), true);
    PrintWriter err =
        new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
    UnnamedUser.logIn();
    System.exit(CommandLineInterface.runProcess(out, err, args));
  }
}
