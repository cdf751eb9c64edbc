package org.isonorm.spark.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.isonorm.init.NearestName;
import org.isonorm.spark.jobs.StopRequest;
import org.isonorm.spark.session.NativeLibraries;
import org.isonorm.spark.session.TracesToLog;
import org.isonorm.spark.storage.ShellLine;
import org.isonorm.spark.storage.Storage;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Runs command lines. */
public final class CommandLineInterface {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int BAD_USAGE = 2;

  private static final int HELP_WIDTH = 110;
  private static final String OWN_NAME = "isonorm";

  /** How an example begins in a footer. */
  private static final String EXAMPLE = "  " + OWN_NAME + " ";

  private static final String CONTINUED = "      ";

  /** Leaves room for a backslash. */
  private static final int EXAMPLE_WIDTH = HELP_WIDTH - 3;

  private CommandLineInterface() {}

  /**
   * Runs one command line.
   *
   * @param out takes results and help
   * @param err takes errors and progress
   * @return the exit code: 0 done, 1 failed, 2 bad usage
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(new RunLast(), out, err, args);
  }

  /**
   * Runs the command line of a process, as above, which ends in order where a signal ends it.
   *
   * @return the exit code, not before a signal's sentence has been said
   */
  public static int runProcess(PrintWriter out, PrintWriter err, String... args) {
    return run(
        parsed -> {
          Integer help = CommandLine.executeHelpRequest(parsed);
          if (help != null) {
            return help;
          }
          // Not for help, as it reads the names of all that is in the jar.
          NativeLibraries.keepByContent();
          TracesToLog.install();
          StopSignals signals = StopSignals.install(err);
          try {
            return new RunLast().execute(parsed);
          } finally {
            signals.ended();
          }
        },
        out,
        err,
        args);
  }

  private static int run(
      IExecutionStrategy strategy, PrintWriter out, PrintWriter err, String... args) {
    CommandLine commandLine =
        IsonormCommand.commandLine(args)
            .setOut(out)
            .setErr(err)
            .setUsageHelpWidth(HELP_WIDTH)
            .registerConverter(Path.class, inOneSentence(Storage::path))
            .registerConverter(URI.class, inOneSentence(URI::new))
            .setExecutionStrategy(
                parsed -> {
                  checkMatched(parsed);
                  return strategy.execute(parsed);
                })
            .setParameterExceptionHandler(CommandLineInterface::badUsage)
            .setExecutionExceptionHandler(CommandLineInterface::failed);
    provideVersion(commandLine);
    call(commandLine, ShellLine.isonorm());
    int exitCode;
    try {
      exitCode = commandLine.execute(args);
    } catch (Error e) { // Such as no memory left, or a native library that does not load.
      exitCode = failed(e, commandLine, List.of(args).contains(IsonormCommand.DEBUG));
    }
    out.flush();
    err.flush();
    return exitCode;
  }

  /** Of other exceptions than its own picocli would tell the class. */
  private static <T> ITypeConverter<T> inOneSentence(ITypeConverter<T> converter) {
    return text -> {
      try {
        return converter.convert(text);
      } catch (IllegalArgumentException | URISyntaxException e) {
        throw new TypeConversionException(Failure.sentence(e));
      }
    };
  }

  /** Not by annotation, as picocli would ask for the version, and load Spark, also for help. */
  private static void provideVersion(CommandLine commandLine) {
    commandLine.getCommandSpec().versionProvider(new Version());
    commandLine.getSubcommands().values().forEach(CommandLineInterface::provideVersion);
  }

  /** Shows usage and examples under the name that the program is called by. */
  static void call(CommandLine commandLine, String name) {
    commandLine.setCommandName(name);
    showExamples(commandLine, name);
  }

  private static void showExamples(CommandLine commandLine, String name) {
    UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
    usage.footer(
        Arrays.stream(usage.footer())
            .flatMap(line -> line.startsWith(EXAMPLE) ? example(line, name) : Stream.of(line))
            .toArray(String[]::new));
    commandLine.getSubcommands().values().forEach(each -> showExamples(each, name));
  }

  /** Goes on in another line where a shell does, so that a long one can be copied as well. */
  private static Stream<String> example(String line, String name) {
    List<String> lines = new ArrayList<>();
    String rest = line.replaceFirst(OWN_NAME, Matcher.quoteReplacement(name));
    int end = rest.lastIndexOf(" --", EXAMPLE_WIDTH);
    while (rest.length() > EXAMPLE_WIDTH && end > EXAMPLE.length()) {
      lines.add(rest.substring(0, end) + " \\");
      rest = CONTINUED + rest.substring(end + 1);
      end = rest.lastIndexOf(" --", EXAMPLE_WIDTH);
    }
    lines.add(rest);
    return lines.stream();
  }

  private static int failed(Exception e, CommandLine commandLine, ParseResult parsed) {
    return failed(e, commandLine, parsed.expandedArgs().contains(IsonormCommand.DEBUG));
  }

  private static int failed(Throwable e, CommandLine commandLine, boolean debug) {
    PrintWriter err = commandLine.getErr();
    if (debug) {
      e.printStackTrace(err);
    }
    if (StopRequest.isMade()) {
      return StopSignals.STOPPED;
    }
    err.println("isonorm: " + Failure.sentence(e));
    LogFile.ofThisProcess()
        .ifPresent(file -> err.println("isonorm: what Spark said of it is in " + file));
    return e instanceof IllegalArgumentException ? BAD_USAGE : FAILED;
  }

  private static int badUsage(ParameterException e, String... args) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String sentence =
        e instanceof UnmatchedArgumentException unmatched
            ? unmatched(unmatched.getUnmatched().get(0), command)
            : e.getMessage().replaceFirst("^Error: ", "").strip().replaceAll("\\s*\\R\\s*", " ");
    e.getCommandLine()
        .getErr()
        .println(
            String.format(
                Locale.ROOT, "isonorm: %s; see %s --help", sentence, command.qualifiedName()));
    return BAD_USAGE;
  }

  /**
   * Refuses options that would be ignored without another one.
   *
   * @param needed the option that they need
   */
  static void checkNeeded(CommandSpec command, String needed, String... options) {
    ParseResult parsed = command.commandLine().getParseResult();
    if (parsed.hasMatchedOption(needed)) {
      return;
    }
    for (String option : options) {
      if (parsed.hasMatchedOption(option)) {
        throw new ParameterException(
            command.commandLine(),
            String.format(Locale.ROOT, "Missing %s, which %s is for", needed, option));
      }
    }
  }

  /** What picocli does not by itself where help is asked for. */
  private static void checkMatched(ParseResult parsed) {
    if (!parsed.unmatched().isEmpty()) {
      throw new UnmatchedArgumentException(parsed.commandSpec().commandLine(), parsed.unmatched());
    }
    if (parsed.hasSubcommand()) {
      checkMatched(parsed.subcommand());
    }
  }

  private static String unmatched(String argument, CommandSpec command) {
    boolean option = argument.startsWith("-");
    List<String> names = new ArrayList<>();
    if (option) {
      command.options().stream().map(OptionSpec::longestName).forEach(names::add);
    } else {
      names.addAll(command.subcommands().keySet());
    }
    String kind = option ? "option" : names.isEmpty() ? "argument" : "command";
    String hint =
        NearestName.near(argument, names).map(name -> " (did you mean " + name + "?)").orElse("");
    if (hint.isEmpty() && kind.equals("command")) {
      hint = String.format(Locale.ROOT, " (valid: %s)", String.join(", ", names));
    }
    return String.format(Locale.ROOT, "Unknown %s %s%s", kind, argument, hint);
  }
}
