package org.isonorm.spark.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isonorm.init.TuningMethod;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.tuning.GraphTuner;

/**
 * How much of an experiment is run. A scale is settings that go before the experiment's file, so
 * that the resolved configuration says what was run and {@code run.note} what it stands for.
 */
public enum Scale {
  /** All of it, as it is written. */
  FULL,
  /**
   * Minutes on two cores: a quarter of the width, at most {@value #TRAINING_EXAMPLES} training and
   * {@value #VALIDATION_EXAMPLES} validation examples, at most {@value #EPOCHS} epochs, half of the
   * batch for more steps, warmup and steps of the learning rate in proportion, one seed a point,
   * {@value #TUNING_ITERATIONS} iterations of a tuned method at half of its batch. Network, depth,
   * rule of the initialization, augmentation, optimizer and the axes of a grid stay, and so does
   * the test split. Accuracies are those of short training: their order may be the experiment's,
   * their values are not.
   */
  SMALL;

  private static final int TRAINING_EXAMPLES = 6_000;
  private static final int VALIDATION_EXAMPLES = 1_000;
  private static final int EPOCHS = 8;
  private static final int NARROWER = 4;
  private static final int TUNING_ITERATIONS = 20;
  private static final String ORIGIN = "--scale";

  /**
   * The scale of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Scale parse(String name) {
    return Stream.of(values())
        .filter(scale -> scale.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT, "Invalid --scale: %s (must be full or small)", name)));
  }

  /**
   * What to set, before the experiment's file and after anything a user sets.
   *
   * @param experiment the experiment at its full scale
   */
  public List<Setting> settings(IsonormConfig experiment) {
    return this == FULL ? List.of() : small(experiment);
  }

  private static List<Setting> small(IsonormConfig full) {
    int epochs = Math.min(EPOCHS, full.training().epochs());
    NetworkDefinition network = full.networkDefinition();
    int width = network.width();
    int narrow = network.saysAll() ? width : Math.max(1, Math.floorDiv(width, NARROWER));
    int training =
        full.data().trainingExamples() == 0
            ? TRAINING_EXAMPLES
            : Math.min(TRAINING_EXAMPLES, full.data().trainingExamples());
    int workers = full.averaging().workers();
    int batch =
        Math.max(1, Math.floorDiv(full.training().globalBatchSize(), 2 * workers)) * workers;
    List<Setting> settings = new ArrayList<>();
    set(settings, "run.name", full.run().name() + "-small");
    set(
        settings,
        "run.note",
        String.format(
            Locale.ROOT,
            "Small scale: at most %d training examples, %d epochs, batch %d and width %d; the experiment is %s examples, %d epochs, batch %d and width %d.",
            training,
            epochs,
            batch,
            narrow,
            full.data().trainingExamples() == 0 ? "all" : full.data().trainingExamples(),
            full.training().epochs(),
            full.training().globalBatchSize(),
            width));
    set(settings, "data.training-examples", training);
    DataConfig data = full.data();
    // Somebody's own data set may have a validation split, which is used whole.
    if (data.validationExamples().isPresent() || !data.dataset().isOwn()) {
      set(
          settings,
          "data.validation-examples",
          Math.min(
              VALIDATION_EXAMPLES,
              data.validationExamples().orElse(DataConfig.VALIDATION_EXAMPLES)));
    }
    if (!network.saysAll()) {
      set(settings, "network.width", narrow);
    }
    settings.addAll(inEpochs(full, epochs, ORIGIN));
    set(settings, "training.global-batch-size", batch);
    set(settings, "grid.seeds-per-point", 1);
    full.initialization()
        .tuningOf(full.network().name())
        .filter(tuning -> tuning.method() != TuningMethod.LSUV)
        .ifPresent(tuning -> addTuning(settings, tuning));
    return settings;
  }

  /**
   * Another number of epochs, with warmup and schedule of the learning rate in proportion.
   *
   * @param origin where the number was given, for messages
   */
  public static List<Setting> inEpochs(IsonormConfig full, int epochs, String origin) {
    return List.of(
        new Setting("training.epochs", Integer.toString(epochs), origin),
        new Setting(
            "optimizer.warmup-epochs",
            Double.toString(full.optimizer().warmupEpochs() * share(full, epochs)),
            origin),
        new Setting("optimizer.step-epochs", stepEpochs(full, epochs), origin),
        new Setting("optimizer.schedule-points", schedulePoints(full, epochs), origin));
  }

  private static void addTuning(List<Setting> settings, GraphTuner.Settings full) {
    String group = "initialization.tuning.";
    set(settings, group + "iterations", Math.min(TUNING_ITERATIONS, full.iterations()));
    set(settings, group + "batch-size", Math.max(1, Math.floorDiv(full.batchSize(), 4)) * 2);
  }

  private static double share(IsonormConfig full, int epochs) {
    return (double) epochs / full.training().epochs();
  }

  /** The epochs at which the rate falls, in proportion; those that fall together fall once. */
  private static String stepEpochs(IsonormConfig full, int epochs) {
    return full.optimizer().stepEpochs().stream()
        .map(epoch -> Math.max(1, Math.round(epoch * share(full, epochs))))
        .distinct()
        .map(String::valueOf)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** The points of a piecewise schedule, in proportion. */
  private static String schedulePoints(IsonormConfig full, int epochs) {
    int all = full.training().epochs();
    return ConfigRenderer.literal(
        full.optimizer().schedulePoints().stream()
            // In this order of operations the last epoch stays the last one to the bit.
            .map(point -> new SchedulePointConfig(point.epoch() * epochs / all, point.factor()))
            .toList());
  }

  private static void set(List<Setting> settings, String key, Object value) {
    settings.add(new Setting(key, String.valueOf(value), ORIGIN));
  }
}
