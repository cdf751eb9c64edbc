package org.isonorm.spark.train;

import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.isonorm.init.TuningProgress;

/** A progress bar on stderr while a tuned method runs; none where it does not. */
final class TuningBar implements TuningProgress, AutoCloseable {
  private final String name;
  private ProgressBar bar;

  /**
   * A bar.
   *
   * @param name of the method
   */
  TuningBar(String name) {
    this.name = name;
  }

  @Override
  public void step(int done, int total, double value) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(total)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }
    bar.setExtraMessage(String.format(Locale.ROOT, "%.4g", value));
    bar.stepTo(done);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
