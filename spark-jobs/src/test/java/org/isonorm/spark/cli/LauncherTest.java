package org.isonorm.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/isonorm} with a Java that prints its arguments and its environment. */
class LauncherTest {
  private static final Path BIN = Path.of("..", "bin").toAbsolutePath().normalize();
  private static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";
  private static final long TIMEOUT_SECONDS = 60;

  @TempDir private Path folder;

  private record Outcome(int exitCode, String out, String err) {}

  @BeforeEach
  void layOut() throws IOException {
    Files.createDirectories(folder.resolve("home/bin"));
    for (String script : List.of("isonorm", "memory.sh")) {
      Files.copy(BIN.resolve(script), folder.resolve("home/bin").resolve(script));
    }
    Files.createDirectories(folder.resolve("home/spark-jobs/target/runtime/jars"));
    Files.createFile(folder.resolve("home/spark-jobs/target/isonorm.jar"));
    java("17.0.15", "printf '%s\\n' \"$@\"; printenv");
  }

  private void java(String version, String script) throws IOException {
    Path java = folder.resolve("java/bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(java, "#!/usr/bin/env bash\n" + script + "\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        folder.resolve("java/release"),
        "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"%s\"\n".formatted(version));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "ISONORM_HEAP ~ banana ~ Invalid ISONORM_HEAP: banana (must be a size, as in 2g or 1500m)",
        "ISONORM_HEAP ~ -1g ~ Invalid ISONORM_HEAP: -1g (must be a size, as in 2g or 1500m)",
        "ISONORM_HEAP ~ 256m ~ Invalid ISONORM_HEAP: 256m (Spark needs 512m or more)",
        "ISONORM_HEAP ~ 2 ~ Invalid ISONORM_HEAP: 2 (Spark needs 512m or more)",
        "ISONORM_OFF_HEAP ~ banana ~ Invalid ISONORM_OFF_HEAP: banana (must be a size, as in 8g or 1500m, or 0 for no limit)",
      })
  void aMemorySettingThatIsNoneIsOneSentence(String variable, String value, String sentence)
      throws Exception {
    assertThat(isonorm(Map.of(variable, value), "train"))
        .isEqualTo(new Outcome(2, "", "isonorm: " + sentence + "\n"));
  }

  @Test
  void aHeapLargerThanTheMemoryIsOneSentence() throws Exception {
    Outcome outcome = isonorm(Map.of("ISONORM_HEAP", "999t"), "train");

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .matches(
            "isonorm: Invalid ISONORM_HEAP: 999t \\(must be less than the memory of this (machine|container), \\d+m\\)\n");
  }

  @Test
  void aHeapIsTakenInAnyUnit() throws Exception {
    assertThat(isonorm(Map.of("ISONORM_HEAP", "1048576K"), "train").out()).contains("-Xmx1024m\n");
    assertThat(isonorm(Map.of("ISONORM_HEAP", "1G"), "train").out()).contains("-Xmx1024m\n");
    assertThat(isonorm(Map.of("ISONORM_OFF_HEAP", "0"), "train").out())
        .contains("-Dorg.bytedeco.javacpp.maxbytes=0m\n");
  }

  @Test
  void anAddressSpaceTooSmallIsOneSentence() throws Exception {
    Outcome outcome =
        run(
            Map.of("ISONORM_HEAP", "1g"),
            "bash",
            "-c",
            "ulimit -v 3000000; exec \"$0\" train",
            script().toString());

    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                1,
                "",
                "isonorm: Cannot start Java with ISONORM_HEAP=1024m in the 2929 MiB of address space that ulimit -v allows (call ulimit -v unlimited, or lower ISONORM_HEAP)\n"));
  }

  @Test
  void anOldJavaIsRefusedByName() throws Exception {
    java("1.8.0_402", "echo never");

    assertThat(isonorm(Map.of(), "train"))
        .isEqualTo(
            new Outcome(
                1,
                "",
                "isonorm: Cannot run on Java 1.8.0_402 (%s; set JAVA_HOME to JDK 17 or later)\n"
                    .formatted(folder.resolve("java/bin/java"))));
  }

  @Test
  void aJavaWithoutTheFileIsAsked() throws Exception {
    java("", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2");
    Files.delete(folder.resolve("java/release"));

    assertThat(isonorm(Map.of(), "train").err()).startsWith("isonorm: Cannot run on Java 11.0.2 (");
  }

  @Test
  void aLaterJavaIsToldWhatMayCallNativeCode() throws Exception {
    String option = "--enable-native-access=ALL-UNNAMED\n";
    assertThat(isonorm(Map.of(), "train").out()).doesNotContain(option);
    java("25.0.3", "printf '%s\\n' \"$@\"");

    assertThat(isonorm(Map.of(), "train").out())
        .contains(option)
        // A package that Java has no more, which it would warn of.
        .doesNotContain("sun.security.action");
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "train --help", "ingest --out x"})
  void classesAreTakenFromTheArchiveOfTheJarThatIsThere(String words) throws Exception {
    Path archive = folder.resolve("home/spark-jobs/target/isonorm.jsa");
    Path jar = folder.resolve("home/spark-jobs/target/isonorm.jar");
    String option = "-XX:SharedArchiveFile=" + archive + "\n";
    assertThat(isonorm(Map.of(), words.split(" ")).out()).doesNotContain(option);
    Files.createFile(archive);
    long built = Files.getLastModifiedTime(jar).toMillis();
    Files.setLastModifiedTime(archive, FileTime.fromMillis(built + 1000));

    assertThat(isonorm(Map.of(), words.split(" ")).out()).contains(option);
    Files.setLastModifiedTime(archive, FileTime.fromMillis(built - 1000));
    assertThat(isonorm(Map.of(), words.split(" ")).out()).doesNotContain(option);
  }

  @ParameterizedTest
  @CsvSource({
    "ISONORM_JAVA_OPTIONS, -Xlog:gc -XX:StartFlightRecording=filename=x.jfr",
    "ISONORM_JAVA_OPTIONS, -XX:+FlightRecorder",
    "JAVA_TOOL_OPTIONS, -javaagent:agent.jar",
    "JDK_JAVA_OPTIONS, -agentpath:/opt/profiler.so=start",
    "ISONORM_JAVA_OPTIONS, -agentlib:jdwp=transport=dt_socket",
  })
  void profilersAndAgentsStartWithoutTheArchiveBesideWhichJavaCrashes(
      String variable, String options) throws Exception {
    Path archive = folder.resolve("home/spark-jobs/target/isonorm.jsa");
    Path jar = folder.resolve("home/spark-jobs/target/isonorm.jar");
    Files.createFile(archive);
    Files.setLastModifiedTime(
        archive, FileTime.fromMillis(Files.getLastModifiedTime(jar).toMillis() + 1000));
    String option = "-XX:SharedArchiveFile=" + archive + "\n";

    assertThat(isonorm(Map.of(variable, options), "train").out()).doesNotContain(option);
    assertThat(isonorm(Map.of(variable, "-Xss2m"), "train").out()).contains(option);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--help",
        "train --help",
        "init --list",
        "report x",
        "--version",
        "ingest --out x"
      })
  void commandsThatComputeNothingStartWithoutTheIncubatorModule(String arguments) throws Exception {
    assertThat(isonorm(Map.of(), arguments.split(" ")).out())
        .contains("org.isonorm.spark.Isonorm\n")
        .doesNotContain(VECTOR_MODULE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "grid", "evaluate", "bench", "init --diagnose"})
  void commandsThatComputeStartWithIt(String arguments) throws Exception {
    assertThat(isonorm(Map.of(), arguments.split(" ")).out()).contains(VECTOR_MODULE + "\n");
  }

  @Test
  void fileNamesAreReadInUtf8WhateverTheLocale() throws Exception {
    assertThat(isonorm(Map.of("LC_ALL", "C"), "ingest").out()).contains("LC_ALL=C.UTF-8\n");
    assertThat(isonorm(Map.of("LC_ALL", "POSIX"), "ingest").out()).contains("LC_ALL=C.UTF-8\n");
  }

  @Test
  void whatIsSaidToBeRunNextIsCalledAsTheScriptWas() throws Exception {
    java("17.0.15", "echo \"$ISONORM_COMMAND\"");
    String path = script().getParent() + ":" + System.getenv("PATH");

    assertThat(isonorm(Map.of(), "train").out()).isEqualTo(script() + "\n");
    assertThat(run(Map.of("PATH", path), "bash", "-c", "isonorm train").out())
        .isEqualTo("isonorm\n");
    assertThat(
            run(
                    Map.of(),
                    "bash",
                    "-c",
                    "cd \"$0\"; ./isonorm train",
                    script().getParent().toString())
                .out())
        .isEqualTo("./isonorm\n");
  }

  @Test
  void theExitCodeIsJavas() throws Exception {
    java("17", "exit 3");

    assertThat(isonorm(Map.of(), "train")).isEqualTo(new Outcome(3, "", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "train, ' (go on with --resume)'",
    "grid, ' (go on with --resume DIR)'",
    "evaluate, ''",
  })
  void aKilledJavaIsSaidToBe(String command, String remedy) throws Exception {
    java("17", "kill -KILL $$");

    Outcome outcome = isonorm(Map.of("ISONORM_HEAP", "1g", "ISONORM_OFF_HEAP", "2g"), command);

    assertThat(outcome.exitCode()).isEqualTo(137);
    assertThat(outcome.err())
        .matches(
            "isonorm: Cannot go on: Java was killed, as the system does where memory ends; there are \\d+ MiB, of which ISONORM_HEAP allows 1024m and ISONORM_OFF_HEAP 2048m%s\n"
                .formatted(Pattern.quote(remedy)));
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void aSignalReachesJavaWhichDecidesOnTheExitCode(String signal, int exitCode) throws Exception {
    // Ctrl-C reaches every process of the terminal, the others this script alone.
    String target = signal.equals("INT") ? "$$ $PPID" : "$PPID";
    java(
        "17",
        """
        trap 'echo stopped; exit %d' %s
        kill -%s %s
        for i in {1..600}; do sleep .1; done
        """
            .formatted(exitCode, signal, signal, target));

    // A build may itself run under nohup, whose children ignore HUP and cannot trap it.
    assertThat(run(Map.of(), "env", "--default-signal=HUP", script().toString(), "train"))
        .isEqualTo(new Outcome(exitCode, "stopped\n", ""));
  }

  @Test
  void underNohupACommandOutlivesItsTerminal() throws Exception {
    java("17", "kill -HUP $PPID $$; echo done");

    assertThat(run(Map.of(), "env", "--ignore-signal=HUP", script().toString(), "train"))
        .isEqualTo(new Outcome(0, "done\n", ""));
  }

  @Tag("long")
  @Test
  void javaDoesNotOutliveTheScript() throws Exception {
    java("17", "echo $$; kill -KILL $PPID; for i in {1..600}; do sleep .1; done");

    Outcome outcome = isonorm(Map.of(), "train");

    assertThat(outcome.exitCode()).isEqualTo(137);
    Optional<ProcessHandle> left = ProcessHandle.of(Long.parseLong(outcome.out().strip()));
    if (left.isPresent()) {
      left.get().onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void aUserWithoutANameGetsOne() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root may become others");
    try (var files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        assertThat(file.toFile().setReadable(true, false)).isTrue();
        assertThat(Files.isDirectory(file) ? file.toFile().setExecutable(true, false) : true)
            .isTrue();
      }
    }
    assertThat(folder.resolve("java/bin/java").toFile().setExecutable(true, false)).isTrue();
    assertThat(script().toFile().setExecutable(true, false)).isTrue();

    Outcome outcome =
        run(
            Map.of("HOME", "/", "TMPDIR", "/tmp"),
            "setpriv",
            "--reuid=51999",
            "--regid=51999",
            "--clear-groups",
            script().toString(),
            "train");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains(
            "-Duser.name=user-51999\n",
            "-Duser.home=/tmp/user-51999\n",
            "HADOOP_USER_NAME=user-51999\n",
            "SPARK_USER=user-51999\n");
  }

  @ParameterizedTest
  @CsvSource({
    // Version 2: the least of the groups above, then a container's own as the top one.
    "0::/a/b, sys/fs/cgroup/a/memory.max, 1258291200, 1200",
    "0::/, sys/fs/cgroup/memory.max, 2147483648, 2048",
    "0::/a, sys/fs/cgroup/a/memory.max, max, 0",
    // Version 1: the group as the machine names it, or a container's own as the top one.
    "4:memory:/a, sys/fs/cgroup/memory/a/memory.limit_in_bytes, 1073741824, 1024",
    "'4:cpu,memory:/docker/x', sys/fs/cgroup/memory/memory.limit_in_bytes, 1073741824, 1024",
    "4:memory:/a, sys/fs/cgroup/memory/a/memory.limit_in_bytes, 9223372036854771712, 0",
    // More than the machine has is no limit.
    "0::/a, sys/fs/cgroup/a/memory.max, 999999999999, 0",
    "4:cpu:/a, sys/fs/cgroup/memory/a/memory.limit_in_bytes, 1073741824, 0",
  })
  void theMemoryIsThatOfTheContainer(String groups, String file, String limit, int mebibytes)
      throws Exception {
    Path root = folder.resolve("root");
    Files.createDirectories(root.resolve("proc/self"));
    Files.writeString(root.resolve("proc/meminfo"), "MemTotal:       16384000 kB\n");
    Files.writeString(root.resolve("proc/self/cgroup"), groups + "\n");
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), limit + "\n");

    assertThat(
            run(
                Map.of(),
                "bash",
                "-euc",
                "source \"$0\"; memory_limits \"$1\"",
                BIN.resolve("memory.sh").toString(),
                root.toString()))
        .isEqualTo(new Outcome(0, "16000 %d\n".formatted(mebibytes), ""));
  }

  @Test
  void theDriverHasALogFileAndTwentyAreKept() throws Exception {
    Path logs = folder.resolve("logs");
    Files.createDirectories(logs);
    for (int i = 0; i < 25; i++) {
      Path old = Files.createFile(logs.resolve("old-%02d.log".formatted(i)));
      Files.setLastModifiedTime(old, FileTime.fromMillis(1_000_000L * (i + 1)));
    }
    Files.createFile(logs.resolve("mine.txt"));

    Outcome outcome = isonorm(Map.of("ISONORM_LOGS", logs.toString()), "report", "runs/a");

    assertThat(outcome.out())
        .contains("-Disonorm.log.appender=file\n")
        .containsPattern("-Disonorm.log.file=%s/\\d{8}-\\d{6}-\\d+.log\n".formatted(logs));
    try (Stream<Path> left = Files.list(logs)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .hasSize(21)
          .contains("mine.txt", "old-05.log", "old-24.log")
          .doesNotContain("old-04.log");
    }
  }

  @Test
  void whereNoLogFileCanBeWarningsAreShown() throws Exception {
    Path notAFolder = Files.createFile(folder.resolve("file"));
    Outcome outcome = isonorm(Map.of("ISONORM_LOGS", notAFolder + "/logs"), "report", "runs/a");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).doesNotContain("isonorm.log");
  }

  @Test
  void twoFirstCallsAtATimeBuildOnce() throws Exception {
    awaitBuild(
        "sleep 1; mkdir -p spark-jobs/target/runtime/jars; touch spark-jobs/target/isonorm.jar");
    CompletableFuture<Outcome> other = CompletableFuture.supplyAsync(this::help);

    Outcome outcome = help();

    assertThat(List.of(outcome.exitCode(), other.get().exitCode())).containsOnly(0);
    assertThat(outcome.err() + other.get().err())
        .contains("isonorm: building (")
        .contains("isonorm: waiting for another call that is building ...\n");
    assertThat(folder.resolve("builds")).hasContent("built");
  }

  @Test
  void aBuildThatFailsShowsItsMessages() throws Exception {
    awaitBuild("echo '[ERROR] no such thing'; exit 1");

    Outcome outcome = help();

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .endsWith("[ERROR] no such thing\nisonorm: Cannot build: see the messages above\n");
  }

  @Test
  void aBuildThatWasStoppedIsDoneAgainThoughItLeftAJar() throws Exception {
    awaitBuild("touch spark-jobs/target/isonorm.jar; kill -KILL $$");
    assertThat(help().exitCode()).isEqualTo(1);

    Files.writeString(
        folder.resolve("maven/mvn"),
        "#!/usr/bin/env bash\necho again >> '%s'\n".formatted(folder.resolve("builds")));
    assertThat(help().exitCode()).isZero();
    assertThat(help().exitCode()).isZero();

    assertThat(folder.resolve("builds")).hasContent("built\nagain");
  }

  @Test
  void aCloneOfAnotherUserThatIsNotBuiltIsSaidToBe() throws Exception {
    awaitBuild("echo never");
    Path target = folder.resolve("home/spark-jobs/target");
    Files.delete(target.resolve("runtime/jars"));
    Files.delete(target.resolve("runtime"));
    Files.delete(target);
    Files.createFile(target); // No folder can be made there, not by root either.

    assertThat(help())
        .isEqualTo(
            new Outcome(
                1,
                "",
                "isonorm: Cannot build: %s is not yours to write to (clone it to a folder of your own, or let its owner call %s once)\n"
                    .formatted(folder.resolve("home"), script())));
  }

  /** Lays out sources that are not built, and a Maven that notes each build. */
  private void awaitBuild(String maven) throws IOException {
    Files.delete(folder.resolve("home/spark-jobs/target/isonorm.jar"));
    Files.createFile(folder.resolve("home/pom.xml"));
    Path mvn = Files.createDirectory(folder.resolve("maven")).resolve("mvn");
    Files.writeString(
        mvn,
        "#!/usr/bin/env bash\necho built >> '%s'\n%s\n".formatted(folder.resolve("builds"), maven));
    assertThat(mvn.toFile().setExecutable(true)).isTrue();
  }

  private Outcome help() {
    try {
      return isonorm(
          Map.of("PATH", folder.resolve("maven") + ":" + System.getenv("PATH")), "--help");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Path script() {
    return folder.resolve("home/bin/isonorm");
  }

  private Outcome isonorm(Map<String, String> environment, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(script().toString()));
    command.addAll(List.of(words));
    command.remove("");
    return run(environment, command.toArray(String[]::new));
  }

  private Outcome run(Map<String, String> environment, String... command) throws Exception {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("ISONORM_"));
    builder.environment().put("JAVA_HOME", folder.resolve("java").toString());
    builder.environment().put("XDG_STATE_HOME", folder.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
