package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isonorm.spark.run.CsvTable;
import org.isonorm.spark.run.RunFiles;
import org.isonorm.spark.run.Sample;

/**
 * The runs of a folder beside each other, those of one configuration, over their seeds, together.
 * Of a grid, whose own report compares its trials, those of its tested winner are among them.
 */
public final class RunComparison {
  /** How deep below a folder runs are looked for. */
  private static final int DEPTH = 4;

  /** More would fill the legend. */
  private static final int LABEL_SETTINGS = 4;

  private static final String CONFIG = "config.conf";

  /** Runs that differ in nothing but their seed. */
  record Group(Map<String, String> settings, List<ComparedRun> runs) {
    /** Of the runs that have it. */
    double[] values(ToDoubleFunction<ComparedRun> value) {
      return runs.stream().mapToDouble(value).filter(Double::isFinite).toArray();
    }

    /** The mean of the runs of each seed that have it. */
    Map<String, Double> bySeed(ToDoubleFunction<ComparedRun> value) {
      return runs.stream()
          .filter(run -> Double.isFinite(value.applyAsDouble(run)))
          .collect(Collectors.groupingBy(ComparedRun::seed, Collectors.averagingDouble(value)));
    }
  }

  /**
   * What configurations are compared by.
   *
   * @param name for people
   * @param column for programs
   */
  private record Measure(String name, String column, ToDoubleFunction<ComparedRun> value) {}

  private static final List<Measure> MEASURES =
      List.of(
          new Measure(
              "best validation accuracy", "bestValidationAccuracy", ComparedRun::bestValidation),
          new Measure(
              "last validation accuracy", "lastValidationAccuracy", ComparedRun::lastValidation),
          new Measure("test accuracy", "testAccuracy", ComparedRun::testAccuracy));

  /**
   * A table.
   *
   * @param rows as many cells as columns
   */
  public record Table(List<String> columns, List<List<String>> rows) {}

  private final Path folder;
  private final List<Group> groups;
  private final List<String> differing;
  private final List<String> leftOut;

  private RunComparison(Path folder, List<ComparedRun> runs, List<String> leftOut) {
    this.folder = folder;
    this.leftOut = leftOut;
    Map<Map<String, String>, List<ComparedRun>> bySettings =
        runs.stream()
            .collect(
                Collectors.groupingBy(
                    ComparedRun::settings, LinkedHashMap::new, Collectors.toList()));
    this.groups =
        bySettings.entrySet().stream()
            .map(entry -> new Group(entry.getKey(), entry.getValue()))
            .sorted(
                Comparator.comparingDouble(
                        (Group group) ->
                            orLowest(Sample.mean(group.values(RunComparison::accuracy))))
                    .reversed())
            .toList();
    this.differing = differing(groups);
  }

  /** What runs are ranked by: the test tells nothing of which to choose. */
  private static double accuracy(ComparedRun run) {
    return run.bestValidation();
  }

  private static double orLowest(double value) {
    return Double.isNaN(value) ? -1 : value;
  }

  /**
   * Compares all runs in a folder, up to four levels below it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static RunComparison in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("Invalid run folder: " + folder + " (no such folder)");
    }
    List<Path> configs;
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      configs = files.filter(file -> file.endsWith(CONFIG)).sorted().toList();
    }
    List<Path> grids = configs.stream().map(Path::getParent).filter(Report::isGrid).toList();
    List<ComparedRun> runs = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    for (Path config : configs) {
      Path run = config.getParent();
      try {
        if (grids.contains(run)) {
          addWinner(folder, run, runs);
        } else if (grids.stream().noneMatch(run::startsWith) && !isPartOfAnother(run, configs)) {
          runs.add(ComparedRun.of(name(folder, run), RunFiles.load(run)));
        }
      } catch (IOException | IllegalArgumentException e) {
        leftOut.add(e.getMessage());
      }
    }
    if (runs.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid run folder: %s (it has no config.conf, and no run is below it%s; give the folder that a training run or a grid wrote, or one of several)",
              folder,
              leftOut.isEmpty() ? "" : " that can be read: " + leftOut.get(0)));
    }
    return new RunComparison(folder, runs, leftOut);
  }

  /** As the short runs are of a probe that went before a run, in its folder. */
  private static boolean isPartOfAnother(Path run, List<Path> configs) {
    return configs.stream()
        .map(Path::getParent)
        .anyMatch(other -> run.startsWith(other) && !run.equals(other));
  }

  private static void addWinner(Path folder, Path path, List<ComparedRun> runs) throws IOException {
    JsonNode winner = GridFiles.load(path).summary().path("winner");
    for (int i = 0; i < winner.path("trials").size(); i++) {
      Path trial = path.resolve("trials").resolve(winner.path("trials").get(i).asText());
      if (Files.isRegularFile(trial.resolve(CONFIG))) {
        runs.add(
            new ComparedRun(
                name(folder, trial),
                RunFiles.load(trial),
                winner.path("testAccuracies").path(i).asDouble(Double.NaN)));
      }
    }
  }

  private static String name(Path folder, Path run) {
    return folder.relativize(run).toString();
  }

  /** The keys that have not one value in all groups. */
  private static List<String> differing(List<Group> groups) {
    TreeSet<String> keys = new TreeSet<>();
    groups.forEach(group -> keys.addAll(group.settings().keySet()));
    return keys.stream()
        .filter(
            key ->
                groups.stream()
                        .map(group -> group.settings().getOrDefault(key, Words.UNKNOWN))
                        .distinct()
                        .count()
                    > 1)
        .toList();
  }

  /** The configurations, the highest validation accuracy first. */
  List<Group> groups() {
    return groups;
  }

  /** Sentences on runs that cannot be read. */
  public List<String> leftOut() {
    return leftOut;
  }

  List<TestResult> testResults() {
    return groups.stream()
        .flatMap(group -> group.runs().stream())
        .flatMap(run -> run.testResult().stream())
        .toList();
  }

  /** The number of runs. */
  public int runs() {
    return groups.stream().mapToInt(group -> group.runs().size()).sum();
  }

  /** A group by its number and the first of what it has that others have not. */
  String label(Group group) {
    String settings =
        differing.stream()
            .limit(LABEL_SETTINGS)
            .map(key -> shortName(key) + " " + group.settings().getOrDefault(key, Words.UNKNOWN))
            .collect(Collectors.joining(", "));
    return (groups.indexOf(group) + 1)
        + (settings.isEmpty() ? "" : ": " + settings)
        + (differing.size() > LABEL_SETTINGS ? ", …" : "");
  }

  private String shortName(String key) {
    String group = key.substring(0, Math.max(0, key.indexOf('.')));
    String last = key.substring(key.lastIndexOf('.') + 1);
    if (last.equals("name")) {
      return group;
    }
    return differing.stream().filter(other -> other.endsWith("." + last)).count() > 1 ? key : last;
  }

  /** The highest validation accuracy that all runs reached in a known time; 0 for none. */
  private int commonPercent() {
    return groups.stream()
        .flatMap(group -> group.runs().stream())
        .mapToInt(ComparedRun::timedPercent)
        .min()
        .orElse(0);
  }

  /**
   * A row a configuration: its number, accuracy and speed over its seeds, and what it has that
   * others have not.
   */
  public Table configurations() {
    List<String> columns =
        new ArrayList<>(
            List.of(
                "configuration",
                "runs",
                "best validation accuracy",
                "last validation accuracy",
                "test accuracy",
                "images/s",
                "wall time"));
    int common = commonPercent();
    if (common > 0) {
      columns.add(String.format(Locale.ROOT, "training to %d%%", common));
    }
    differing.forEach(key -> columns.add(shortName(key)));
    List<List<String>> rows = new ArrayList<>();
    for (Group group : groups) {
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(rows.size() + 1));
      row.add(Integer.toString(group.runs().size()));
      row.add(percent(group.values(ComparedRun::bestValidation)));
      row.add(percent(group.values(ComparedRun::lastValidation)));
      row.add(percent(group.values(ComparedRun::testAccuracy)));
      row.add(Words.number(Sample.mean(group.values(ComparedRun::imagesPerSecond)), 4));
      row.add(Words.duration(Sample.mean(group.values(ComparedRun::seconds))));
      if (common > 0) {
        row.add(Words.duration(Sample.mean(group.values(run -> run.secondsTo(common)))));
      }
      differing.forEach(key -> row.add(group.settings().getOrDefault(key, Words.UNKNOWN)));
      rows.add(row);
    }
    return new Table(columns, rows);
  }

  /** The mean, with its deviation over so many seeds where there are some. */
  private static String percent(double[] shares) {
    if (shares.length == 0) {
      return Words.UNKNOWN;
    }
    return shares.length == 1
        ? Words.percent(shares[0]) + " (n = 1)"
        : String.format(
            Locale.ROOT,
            "%s ± %.2f (n = %d)",
            Words.percent(Sample.mean(shares)),
            100 * Sample.deviation(shares),
            shares.length);
  }

  /**
   * A row a configuration but the first, from which it is subtracted seed by seed; none where no
   * two configurations have a seed in common.
   */
  public Table differences() {
    List<List<String>> rows = new ArrayList<>();
    for (Group group : groups.subList(1, groups.size())) {
      List<String> row = new ArrayList<>();
      row.add(groups.indexOf(group) + 1 + " − 1");
      boolean any = false;
      for (Measure measure : MEASURES) {
        PairedDifference difference = difference(group, measure);
        any |= difference.pairs() > 0;
        row.add(points(difference));
      }
      differing.forEach(key -> row.add(group.settings().getOrDefault(key, Words.UNKNOWN)));
      if (any) {
        rows.add(row);
      }
    }
    List<String> columns = new ArrayList<>(List.of("configurations"));
    MEASURES.forEach(measure -> columns.add(measure.name()));
    differing.forEach(key -> columns.add(shortName(key)));
    return new Table(columns, rows);
  }

  /** The same for programs, of the first measure to the last: differences in -1..1. */
  String differencesCsv() {
    List<String> columns = new ArrayList<>(List.of("configuration", "minusConfiguration"));
    columns.addAll(differing);
    columns.addAll(
        List.of(
            "measure", "pairs", "difference", "deviation", "lowest95Percent", "highest95Percent"));
    List<List<Object>> rows = new ArrayList<>();
    for (Group group : groups.subList(1, groups.size())) {
      for (Measure measure : MEASURES) {
        PairedDifference difference = difference(group, measure);
        if (difference.pairs() > 0) {
          List<Object> row = new ArrayList<>(List.of(groups.indexOf(group) + 1, 1));
          differing.forEach(key -> row.add(group.settings().get(key)));
          row.add(measure.column());
          row.add(difference.pairs());
          for (double value :
              new double[] {
                difference.mean(),
                difference.deviation(),
                difference.mean() - difference.halfWidth(),
                difference.mean() + difference.halfWidth()
              }) {
            row.add(Double.isFinite(value) ? value : null);
          }
          rows.add(row);
        }
      }
    }
    return CsvTable.text(columns, rows);
  }

  private PairedDifference difference(Group group, Measure measure) {
    return PairedDifference.of(
        group.bySeed(measure.value()), groups.get(0).bySeed(measure.value()));
  }

  /** In points of percent, with the interval where there is one. */
  private static String points(PairedDifference difference) {
    if (difference.pairs() == 0) {
      return Words.UNKNOWN;
    }
    return difference.pairs() == 1
        ? String.format(Locale.ROOT, "%+.2f (n = 1)", 100 * difference.mean())
        : String.format(
            Locale.ROOT,
            "%+.2f ± %.2f (n = %d)",
            100 * difference.mean(),
            100 * difference.halfWidth(),
            difference.pairs());
  }

  /** A row a run. */
  public Table each() {
    List<List<String>> rows = new ArrayList<>();
    for (Group group : groups) {
      for (ComparedRun run : group.runs()) {
        rows.add(
            List.of(
                run.name(),
                Integer.toString(groups.indexOf(group) + 1),
                run.seed(),
                run.status(),
                Words.percent(run.bestValidation()),
                Words.percent(run.lastValidation()),
                Words.percent(run.testAccuracy()),
                Words.number(run.imagesPerSecond(), 4),
                Words.duration(run.seconds())));
      }
    }
    return new Table(
        List.of(
            "run",
            "configuration",
            "seed",
            "status",
            "best validation accuracy",
            "last validation accuracy",
            "test accuracy",
            "images/s",
            "wall time"),
        rows);
  }

  /** A row a run for programs: what differs under its whole key, accuracies in 0..1, seconds. */
  String csv() {
    List<String> columns = new ArrayList<>(List.of("run", "seed"));
    columns.addAll(differing);
    columns.addAll(
        List.of(
            "epochsDone",
            "bestValidationAccuracy",
            "lastValidationAccuracy",
            "testAccuracy",
            "imagesPerSecond",
            "wallClockSeconds"));
    int common = commonPercent();
    if (common > 0) {
      columns.add(String.format(Locale.ROOT, "trainingSecondsTo%dPercent", common));
    }
    List<List<Object>> rows = new ArrayList<>();
    for (Group group : groups) {
      for (ComparedRun run : group.runs()) {
        List<Object> row = new ArrayList<>(List.of(run.name(), run.seed()));
        differing.forEach(key -> row.add(group.settings().get(key)));
        row.add(run.epochsDone());
        for (double value :
            new double[] {
              run.bestValidation(),
              run.lastValidation(),
              run.testAccuracy(),
              run.imagesPerSecond(),
              run.seconds()
            }) {
          row.add(Double.isFinite(value) ? value : null);
        }
        if (common > 0) {
          row.add(run.secondsTo(common));
        }
        rows.add(row);
      }
    }
    return CsvTable.text(columns, rows);
  }

  /** The settings that all runs share, by dotted key. */
  Map<String, String> common() {
    Map<String, String> common = new TreeMap<>(groups.get(0).settings());
    common.keySet().removeAll(differing);
    return common;
  }

  Path folder() {
    return folder;
  }
}
