package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isonorm.spark.config.IsonormConfig;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Every command that README, docs, experiment files and help show is one: read, not run. */
class DocumentedCommandsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** What a reader writes, as a run writes what is in runs. */
  private static final List<String> READERS_OWN = List.of("FILE", "conf/mine.conf");

  private static final Pattern CALL = Pattern.compile("(?<![\\w./-])(?:bin/)?isonorm +([a-z]+ .*)");
  private static final Pattern IN_TEXT =
      Pattern.compile("`(?:[A-Z_]+=\\S+ )?(?:bin/)?isonorm ([a-z]+ [^`]+)`");
  private static final Pattern WORD =
      Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\\s\"'])+", Pattern.DOTALL);

  /** Stands for several, by a number to choose or the shell's variable. */
  private static final Pattern SEVERAL = Pattern.compile("…|\\||\\$|[ =]N\\b");

  /** A test's class, and its method. */
  private static final Pattern TEST =
      Pattern.compile("`([A-Z]\\w*(?:IT|Test|Suite))(?:\\.(\\w+))?`");

  private static final String FENCE = "```";
  private static final String CODE = "    ";

  @Test
  void everyCommandThatIsShownIsOne() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String folder : List.of(".", "docs", "conf", "conf/paper", "conf/fast", "python")) {
      try (Stream<Path> all = Files.list(ROOT.resolve(folder))) {
        all.filter(file -> file.toString().matches(".*\\.(md|conf)"))
            .filter(file -> !file.endsWith("CHANGELOG.md")) // Which tells of what was.
            .sorted()
            .forEach(files::add);
      }
    }
    int seen = 0;
    List<String> problems = new ArrayList<>();
    for (Path file : files) {
      String place = ROOT.relativize(file).toString();
      for (Map.Entry<String, Boolean> shown : commands(Files.readString(file)).entrySet()) {
        problem(shown.getKey(), shown.getValue())
            .ifPresent(problem -> problems.add(place + ": " + problem));
        seen++;
      }
    }
    assertThat(problems).isEmpty();
    assertThat(seen).as("commands in %d files", files.size()).isGreaterThan(100);
  }

  /** As docs/faults.md says which test shows what. */
  @Test
  void everyTestThatIsNamedIsOne() throws IOException {
    Map<String, String> tests = new HashMap<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path sources : modules.map(module -> module.resolve("src/test")).toList()) {
        if (Files.isDirectory(sources)) {
          try (Stream<Path> all = Files.walk(sources)) {
            for (Path file :
                all.filter(path -> path.toString().matches(".*\\.(java|scala)")).toList()) {
              tests.put(
                  file.getFileName().toString().replaceAll("\\..*", ""), Files.readString(file));
            }
          }
        }
      }
    }
    List<String> problems = new ArrayList<>();
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      for (Path file : docs.filter(path -> path.toString().endsWith(".md")).toList()) {
        Matcher named = TEST.matcher(Files.readString(file));
        while (named.find()) {
          String source = tests.getOrDefault(named.group(1), "");
          String method = named.group(2) == null ? "" : "void " + named.group(2) + "(";
          if (source.isEmpty() || !source.contains(method)) {
            problems.add(file.getFileName() + ": " + named.group());
          }
        }
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void everyExampleOfHelpIsACommand() {
    int seen = 0;
    List<String> problems = new ArrayList<>();
    for (String name : IsonormCommand.commandLine().getSubcommands().keySet()) {
      CommandLine command = IsonormCommand.commandLine(name).getSubcommands().get(name);
      for (String line : command.getCommandSpec().usageMessage().footer()) {
        Matcher call = CALL.matcher(line);
        if (call.find()) {
          problem(call.group(1), /* whole= */ true)
              .ifPresent(problem -> problems.add(name + " --help: " + problem));
          seen++;
        }
      }
    }
    assertThat(problems).isEmpty();
    assertThat(seen).isGreaterThan(30);
  }

  /** The commands of a text, and whether they stand by themselves, to be copied as they are. */
  private static Map<String, Boolean> commands(String text) {
    Map<String, Boolean> commands = new LinkedHashMap<>();
    StringBuilder prose = new StringBuilder();
    boolean fenced = false;
    // A line goes on behind a backslash.
    for (String line : text.replaceAll("\\\\\\R\\s*", " ").split("\\R", -1)) {
      if (line.startsWith(FENCE)) {
        fenced = !fenced;
      } else if (fenced || line.startsWith(CODE) || line.startsWith("#   ")) {
        Matcher call = CALL.matcher(line);
        if (call.find() && !line.substring(1, Math.max(1, call.start())).contains("#")) {
          commands.put(call.group(1), true);
        }
      } else {
        prose.append(line).append('\n');
      }
    }
    Matcher call = IN_TEXT.matcher(prose);
    while (call.find()) {
      commands.putIfAbsent(call.group(1).replaceAll("\\s+", " "), false);
    }
    return commands;
  }

  /**
   * Why it is none, in a sentence; nothing if it is one.
   *
   * @param whole whether nothing may be missing
   */
  private static Optional<String> problem(String command, boolean whole) {
    if (SEVERAL.matcher(command).find()) {
      return Optional.empty();
    }
    String[] words = words(command).toArray(String[]::new);
    try {
      ParseResult parsed = IsonormCommand.commandLine(words).parseArgs(words);
      if (!parsed.unmatched().isEmpty()) {
        return Optional.of(command + ": unknown " + parsed.unmatched());
      }
      ParseResult options = parsed.subcommand();
      Optional<Path> file =
          Optional.<Path>ofNullable(options.matchedOptionValue("--config", null))
              .filter(path -> !READERS_OWN.contains(path.toString()) && !path.startsWith("runs"))
              .map(ROOT::resolve);
      List<String> settings = options.matchedOptionValue("--set", List.of());
      IsonormConfig.load(
          file,
          settings.stream()
              .map(setting -> setting.replace("=conf/", "=" + ROOT.resolve("conf") + "/"))
              .toList());
      return Optional.empty();
    } catch (MissingParameterException e) {
      return whole ? Optional.of(command + ": " + e.getMessage()) : Optional.empty();
    } catch (ParameterException | IllegalArgumentException e) {
      return Optional.of(command + ": " + e.getMessage());
    }
  }

  /** The words of a command as a shell hands them on, without the script's own option. */
  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      // Quotes of one kind keep those of the other.
      String bare = word.group().replaceAll(word.group().contains("'") ? "'" : "\"", "");
      boolean isShells = bare.matches("#.*|>|\\(.*");
      boolean isLast = bare.endsWith(";");
      if (!isShells) {
        words.add(isLast ? bare.substring(0, bare.length() - 1) : bare);
      }
      if (isShells || isLast) {
        break;
      }
    }
    int master = words.indexOf("--master");
    if (master >= 0) {
      words.subList(master, master + 2).clear();
    }
    return words;
  }
}
