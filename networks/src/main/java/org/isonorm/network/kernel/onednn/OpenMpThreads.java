package org.isonorm.network.kernel.onednn;

import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that oneDNN shares its primitives among, for work of Java's: a team of GNU's OpenMP
 * (libgomp), by the function that compilers call at the start of a parallel region. Between two
 * regions they wait in a busy loop for some time, so that they start at once; threads of Java's own
 * beside them would have no processor until they give up.
 */
final class OpenMpThreads {
  private static final Logger LOGGER = LoggerFactory.getLogger(OpenMpThreads.class);
  private static final Object[] NOTHING = {};

  private final Function parallel;
  private final Function threadNumber;
  private final Function teamSize;

  /** The work of each calling thread, which has a team of its own. */
  private final ThreadLocal<Region> regions = ThreadLocal.withInitial(Region::new);

  private OpenMpThreads(NativeLibrary library) {
    parallel = library.getFunction("GOMP_parallel");
    threadNumber = library.getFunction("omp_get_thread_num");
    teamSize = library.getFunction("omp_get_num_threads");
  }

  /**
   * Those of oneDNN, which this loads; empty where it has others than libgomp's or Java cannot call
   * them.
   */
  static Optional<OpenMpThreads> find() {
    try {
      OneDnn.ENGINE.get_kind();
      List<String> libraries = loaded();
      // A second copy would have threads of its own.
      return libraries.size() == 1
          ? Optional.of(new OpenMpThreads(NativeLibrary.getInstance(libraries.get(0))))
          : Optional.empty();
    } catch (IOException | Error e) {
      // JNA throws a plain Error where the system has a native part of another version.
      LOGGER.debug("Sharing work among Java's threads: cannot call OpenMP's", e);
      return Optional.empty();
    }
  }

  /** The files of libgomp that this process has loaded; of Linux alone. */
  private static List<String> loaded() throws IOException {
    Path mappings = Path.of("/proc/self/maps");
    if (!Files.exists(mappings)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(mappings)) {
      return lines
          .filter(line -> line.contains("/libgomp"))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .toList();
    }
  }

  /**
   * Runs work on so many threads at once, the caller among them, and returns when all are done.
   *
   * @param work is given the number of its thread, from 0, and throws nothing
   * @return whether there were as many threads; where not, none has worked
   */
  boolean run(int threads, IntConsumer work) {
    Region region = regions.get();
    region.threads = threads;
    region.work = work;
    parallel.invoke(new Object[] {region, Pointer.NULL, threads, 0});
    region.work = null;
    return region.complete;
  }

  /** What every thread of a team calls. */
  private final class Region implements Callback {
    private volatile int threads;
    private volatile IntConsumer work;
    private volatile boolean complete;

    Region() {
      boolean daemon = true;
      boolean detach = false;
      Native.setCallbackThreadInitializer(
          this, new CallbackThreadInitializer(daemon, detach, "isonorm-openmp"));
    }

    /** JNA's name for the one method of a callback. */
    @SuppressWarnings("unused")
    public void callback(Pointer data) {
      complete = teamSize.invokeInt(NOTHING) == threads;
      if (complete) {
        work.accept(threadNumber.invokeInt(NOTHING));
      }
    }
  }
}
