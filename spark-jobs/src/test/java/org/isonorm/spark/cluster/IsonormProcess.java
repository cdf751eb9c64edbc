package org.isonorm.spark.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.isonorm.network.kernel.provider.KernelProvider;

/** The command line as a user starts it, with {@code bin/isonorm}: a process of its own. */
public final class IsonormProcess {
  /** As it is called, and so named where it says what to run next. */
  static final Path SCRIPT = Path.of("..", "bin", "isonorm").toAbsolutePath().normalize();

  private static final long TIMEOUT_MINUTES = 5;
  private static final long POLL_MILLISECONDS = 50;

  /** On the kernels that users get, whose vectors need both of Java's compilers. */
  static final String DEFAULT_KERNELS = "-XX:+UseSerialGC";

  /**
   * For a minute's life, Java's first compiler alone, which the kernels of Java's vector
   * instructions could not do with: a third less of processor time.
   */
  public static final String SHORT_LIVED =
      "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -D%s=%s"
          .formatted(KernelProvider.PROPERTY, KernelProvider.DIRECT);

  private final Process process;
  private final Path out;
  private final Path err;

  /** What a command printed and how it ended. */
  public record Ended(int exitCode, String out, String err) {}

  private IsonormProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts a command on direct convolutions.
   *
   * @param folder takes what it prints
   */
  public static IsonormProcess start(Path folder, List<String> words) throws IOException {
    return start(folder, words, SHORT_LIVED);
  }

  /**
   * Starts a command.
   *
   * @param folder takes what it prints
   * @param javaOptions of its Java machine and of those of its executors
   */
  static IsonormProcess start(Path folder, List<String> words, String javaOptions)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(SCRIPT.toString());
    command.addAll(words);
    Path err = Files.createTempFile(folder, "err", ".txt");
    Path out = Files.createTempFile(folder, "out", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(err.toFile()).redirectOutput(out.toFile());
    // The build names its Spark for tests in this process; the script is to find its own, as a
    // user's would.
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("ISONORM_HEAP", "1g");
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("ISONORM_JAVA_OPTIONS", javaOptions);
    Path properties = folder.resolve("spark.properties");
    Files.writeString(
        properties,
        "spark.executor.memory=1g\nspark.executor.extraJavaOptions=" + javaOptions + "\n");
    builder.environment().put("SPARK_SUBMIT_OPTIONS", "--properties-file " + properties);
    return new IsonormProcess(builder.start(), out, err);
  }

  /**
   * Starts to train a small residual network on the data set {@code synthetic} in a folder.
   *
   * @param folder takes the run as well, and what is printed
   * @param run name of the run's folder in it
   * @param settings how long it trains
   * @param more further words
   */
  public static IsonormProcess train(Path folder, String run, List<String> settings, String... more)
      throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--set=data.path=" + folder.resolve("synthetic"),
                "--set=data.validation-examples=40",
                "--set=network.name=resnet-8",
                "--set=training.threads-per-worker=1",
                "--output",
                folder.resolve(run).toString()));
    words.addAll(settings);
    words.addAll(List.of(more));
    return start(folder, words);
  }

  /** Runs a command to its end. */
  public static Ended run(Path folder, String... words) throws Exception {
    return start(folder, List.of(words)).end();
  }

  /** Waits until the command has printed some words on its standard error. */
  public void awaitWords(String words) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(TIMEOUT_MINUTES);
    while (!Files.readString(err).contains(words)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Cannot find \"%s\" in: %s".formatted(words, Files.readString(err)));
      }
      Thread.sleep(POLL_MILLISECONDS);
    }
  }

  /** Ends the process as {@code kill -9} does; the script has become the driver. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Sends a signal to the Java machine of the script, as in INT, which Ctrl-C sends. */
  public void signal(String name) throws Exception {
    ProcessHandle java =
        process
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith("/java"))
            .findFirst()
            .orElseThrow();
    new ProcessBuilder("kill", "-" + name, Long.toString(java.pid())).start().waitFor();
  }

  /** Whether the command has not ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for the end of the command. */
  public Ended end() throws Exception {
    boolean done = process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES);
    if (!done) {
      process.destroyForcibly();
    }
    return new Ended(done ? process.exitValue() : -1, Files.readString(out), Files.readString(err));
  }
}
