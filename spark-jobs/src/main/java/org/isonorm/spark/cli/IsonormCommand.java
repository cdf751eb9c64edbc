package org.isonorm.spark.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a subcommand, and the options that all of them have. */
@Command(
    name = "isonorm",
    header = "Trains convolutional networks data-parallel on Apache Spark.",
    description =
        "%nEvery layer starts at the variance that keeps its signals' norms equal, by the BN/gamma rule of Zhang et al. 2022;"
            + " workers train on their shards and their parameters are averaged.%n",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    scope = ScopeType.INHERIT,
    exitCodeListHeading = "%nExit code:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:bad usage, such as an unknown option or a bad value",
      "130, 143:stopped by Ctrl-C, by SIGTERM"
    })
final class IsonormCommand implements Runnable {
  static final String DEBUG = "--debug";

  private static final List<Class<?>> COMMANDS =
      List.of(
          FetchCommand.class,
          IngestCommand.class,
          AugmentCommand.class,
          InitCommand.class,
          TrainCommand.class,
          ProbeCommand.class,
          GridCommand.class,
          EvaluateCommand.class,
          PredictCommand.class,
          ExportCommand.class,
          ReportCommand.class,
          RunsCommand.class,
          BenchCommand.class,
          PlanCommand.class,
          ClusterCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = DEBUG,
      description = "Print the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  /**
   * The command line for some arguments: the command that they name, and of the others what help
   * lists. Reading the options of all takes longer than somebody who asks for help will wait.
   */
  static CommandLine commandLine(String... args) {
    Optional<String> named = Arrays.stream(args).filter(arg -> !arg.startsWith("-")).findFirst();
    CommandLine commandLine = new CommandLine(new IsonormCommand());
    for (Class<?> type : COMMANDS) {
      Command command = type.getAnnotation(Command.class);
      // A file of arguments may name any.
      boolean whole =
          named.filter(name -> name.equals(command.name()) || name.startsWith("@")).isPresent();
      if (whole) {
        commandLine.addSubcommand(type);
      } else {
        CommandSpec listed = CommandSpec.create().name(command.name());
        listed.usageMessage().header(command.header());
        commandLine.addSubcommand(command.name(), listed);
      }
    }
    if (named.filter(RehearseCommand.NAME::equals).isPresent()) {
      commandLine.addSubcommand(RehearseCommand.class);
    }
    return commandLine;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        String.format(
            Locale.ROOT,
            "Missing command (one of %s)",
            String.join(", ", spec.subcommands().keySet())));
  }
}
