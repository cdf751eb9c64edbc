package org.isonorm.spark.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.InitializationRule;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.LayerKind;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.TuningMethod;
import org.isonorm.init.WeightShape;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.tuning.TunedNetwork;
import org.isonorm.spark.config.InitGamma;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.report.NormsPlot;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.NormsTable;
import org.isonorm.spark.session.SparkSessions;
import org.isonorm.spark.train.NormDiagnosis;
import org.isonorm.spark.train.StartTrial;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm init}. */
@Command(
    name = "init",
    header = "Prints how every layer of a network would start.",
    description =
        "%nA row a layer: shape of the weights, fan-in, fan-out, rule, its gamma and the variance;"
            + " then the number of trained parameters. Needs no data and starts no Spark, unless"
            + " the rule is a tuned method (lsuv, metainit, metainit-table-1, gradinit): that runs"
            + " as train would run it, and a second table shows its scales; or gamma is that of"
            + " equilibrium, which is measured on training batches; or a layer starts by whitening,"
            + " which sees images of the data set.%n%nWith --diagnose: one"
            + " forward and one backward pass on a real batch, and what becomes of the norms of"
            + " activations and errors from layer to layer.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm init --network vgg-19 --init-gamma 0.4",
      "  isonorm init --network wrn-28-10 --dataset cifar100 --init-gamma paper",
      "  isonorm init --network plain-30 --initialization fixed-std=.01,2/n --diagnose --plot"
          + " norms.png",
      "  isonorm init --network resnet-20 --rule gradinit --data data/cifar10 --dataset cifar10",
      "  isonorm init --network resnet-20 --initialization kaiming-table-1,gradinit --diagnose",
      "  isonorm init --list",
    })
final class InitCommand implements Callable<Integer> {
  // Layers that a rule is for.
  private static final String EVERY_LAYER = "all";
  private static final String FIRST_CONVOLUTION = "first convolution";
  private static final String CLASSIFIER = "classifier";

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions config;
  @Mixin private ImageSizeOption imageSize;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description =
          "vgg-{11,13,16,19}, resnet-D (20, 110, any D = 6n + 2), resnet-34, densenet-D and wrn-D-K (D = 6n + 4), plain-D,"
              + " resnet-{18,34,50}-imagenet, fast-{94,95,96}%n(the configuration's network.name).")
  private String network;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description =
          "cifar10, cifar100 or synthetic, for gammas paper and auto (the configuration's"
              + " data.dataset).")
  private String dataset;

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "Outputs of the classifier (the configuration's data set's).")
  private Integer classes;

  @Option(
      names = "--rule",
      paramLabel = "NAME",
      description = "Rule of the convolutions, or a tuned method (initialization.rule).")
  private String rule;

  @Option(
      names = "--init-gamma",
      paramLabel = "X",
      description =
          "Gamma of the rule bn-gamma, Var(w) = 2/(gamma m): a number, paper, auto, equilibrium or"
              + " equilibrium-global (initialization.init-gamma).")
  private String initGamma;

  @Option(
      names = "--distribution",
      paramLabel = "NAME",
      description = "normal, uniform or truncated-normal (initialization.distribution).")
  private String distribution;

  @Option(
      names = "--classifier",
      paramLabel = "NAME",
      description = "Rule of the classifier (initialization.classifier).")
  private String classifier;

  @Option(names = "--list", description = "Print every rule with its formula and source instead.")
  private boolean list;

  @Option(
      names = "--diagnose",
      description = "Measure the norms of activations and errors on a real batch.")
  private boolean diagnose;

  @Option(
      names = "--initialization",
      paramLabel = "RULE[=X]",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description =
          "Rule or tuned method, as --rule; several with --diagnose: rules to compare instead of the configuration's, X the"
              + " gamma of bn-gamma or the std of fixed-std; fixup on the network with its scalars.")
  private List<String> initializations = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "With --diagnose, a tuned method or a gamma of equilibrium: an ingested data set (the configuration's"
              + " data.path).")
  private String data;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "With --diagnose: training examples in the batch.")
  private int batchSize = 128;

  @Option(names = "--csv", paramLabel = "FILE", description = "With --diagnose: the table as CSV.")
  private Path csv;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description =
          "With --diagnose: what initializations differ in over depth on log scales, .png or .svg: norms of activations and errors,"
              + " of weights and gradients, update ratio and effective rate.")
  private Path plot;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  record Plan(
      String network,
      int classes,
      String rule,
      double initGamma,
      String distribution,
      String classifier,
      long trainedParameters,
      List<Layer> layers,
      List<String> zeroScales,
      Tuning tuning,
      @JsonIgnore Optional<String> gammaUnnormalized) {}

  /** What a tuned method came to, null of {@link Plan} without one. */
  record Tuning(String method, List<Double> values, List<TunedNetwork.Tensor> tensors) {}

  /** A layer of {@link Plan}. */
  record Layer(
      String name,
      String kind,
      List<Integer> shape,
      long fanIn,
      long fanOut,
      String rule,
      Double initGamma,
      double variance,
      String distribution) {}

  /** What {@code --list --json} prints. */
  record Rules(List<Rule> rules) {}

  /**
   * An entry of {@link Rules}.
   *
   * @param layers which it is for: all, first convolution or classifier
   * @param needs what it has to see beside the shapes of the layers
   */
  record Rule(String name, String layers, String formula, String needs, String source) {
    /** Whether it is no rule for convolutions. */
    @JsonProperty
    boolean classifierOnly() {
      return layers.equals(CLASSIFIER);
    }
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (list) {
      printRules(out);
      return CommandLineInterface.DONE;
    }
    if (diagnose) {
      refuseImageSize("--diagnose");
      diagnose(out);
      return CommandLineInterface.DONE;
    }
    CommandLineInterface.checkNeeded(spec, "--diagnose", "--batch-size", "--csv", "--plot");
    if (initializations.size() > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --initialization: %s (give one, or --diagnose to compare them)",
              String.join(",", initializations)));
    }
    Plan plan =
        plan(config.load(settings(initializations.isEmpty() ? "" : initializations.get(0))));
    if (json) {
      Result.print(out, plan);
    } else {
      print(out, plan);
    }
    return CommandLineInterface.DONE;
  }

  /** What sees images sees those of the data set. */
  private void refuseImageSize(String seeing) {
    if (imageSize.isGiven()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --image-size: %s sees the data set's images (leave it out; ingest has --image-size)",
              seeing));
    }
  }

  private List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    add(settings, "network.name", network, "--network");
    add(settings, "data.dataset", dataset, "--dataset");
    add(settings, "data.path", data, "--data");
    add(settings, "initialization.rule", rule, "--rule");
    add(settings, "initialization.init-gamma", initGamma, "--init-gamma");
    add(settings, "initialization.distribution", distribution, "--distribution");
    add(settings, "initialization.classifier", classifier, "--classifier");
    return settings;
  }

  private static void add(List<Setting> settings, String key, String value, String option) {
    if (value != null) {
      settings.add(new Setting(key, value, option));
    }
  }

  private Plan plan(IsonormConfig chosen) throws IOException {
    chosen.initialization().tuningMethod().ifPresent(method -> refuseImageSize(method.label()));
    NetworkDefinition definition = imageSize.network(chosen);
    if (classes != null) {
      definition = definition.withClasses(classes);
    }
    Initialization initialization = chosen.initializationOf(definition);
    InitializationPlan plan = InitializationPlan.of(Networks.topology(definition), initialization);
    boolean sees = plan.awaitingImages().isPresent();
    plan.awaitingImages().ifPresent(layer -> refuseImageSize("the start of " + layer.name()));
    boolean measured = chosen.initialization().initGamma() instanceof InitGamma.Equilibrium;
    boolean tuned = chosen.initialization().tuningMethod().isPresent();
    Tuning tuning = null;
    if (measured || tuned || sees) {
      StartTrial trial = trial(chosen);
      if (measured) {
        initialization = trial.plan(chosen).initialization();
        plan = InitializationPlan.of(Networks.topology(definition), initialization);
      }
      if (sees) {
        plan = trial.seeing(definition, chosen.data().crop(), initialization);
      }
      tuning = tuned ? tuning(trial.tune(chosen).orElseThrow()) : null;
    }
    return new Plan(
        definition.name(),
        definition.classes(),
        initialization.rule(),
        initialization.initGamma(),
        initialization.distribution(),
        initialization.classifierRule(),
        plan.topology().trainedParameters(),
        plan.layers().stream().map(InitCommand::layer).toList(),
        plan.zeroScales(),
        tuning,
        gammaUnnormalized(plan));
  }

  /** What gamma does to a network that has nothing to take it back. */
  private static Optional<String> gammaUnnormalized(InitializationPlan plan) {
    if (plan.topology().layers().stream().anyMatch(LayerTopology::batchNormalized)) {
      return Optional.empty();
    }
    return plan.layers().stream()
        .filter(layer -> layer.layer().kind() == LayerKind.CONVOLUTION)
        .flatMapToDouble(layer -> layer.initGamma().stream())
        .filter(gamma -> gamma != 1)
        .boxed()
        .findFirst()
        .map(
            gamma ->
                String.format(
                    Locale.ROOT,
                    "gamma is made for batch normalization, of which there is none: errors pass a"
                        + " convolution with 1/gamma = %.3g times the variance that gamma 1 (or"
                        + " rule kaiming-fan-out) gives them; for networks without take rule"
                        + " forward or backward",
                    1 / gamma));
  }

  private static SparkSession open(IsonormConfig chosen) {
    return SparkSessions.open(chosen.spark().appName(), chosen.spark().properties(), 1);
  }

  private static StartTrial trial(IsonormConfig chosen) throws IOException {
    try (SparkSession spark = open(chosen)) {
      return StartTrial.open(chosen, spark);
    }
  }

  private static Tuning tuning(TunedNetwork tuned) {
    return new Tuning(tuned.method().label(), tuned.values(), tuned.tensors());
  }

  private static Layer layer(LayerInitialization layer) {
    WeightShape shape = layer.layer().shape();
    LayerKind kind = layer.layer().kind();
    return new Layer(
        layer.layer().name(),
        kind.name().toLowerCase(Locale.ROOT),
        kind == LayerKind.CLASSIFIER
            ? List.of(shape.out(), shape.in())
            : List.of(shape.out(), shape.in() / shape.groups(), shape.height(), shape.width()),
        layer.fan().in(),
        layer.fan().out(),
        layer.rule(),
        layer.initGamma().isPresent() ? layer.initGamma().getAsDouble() : null,
        layer.variance(),
        layer.sampler().name());
  }

  private static void print(PrintWriter out, Plan plan) {
    TextTable table =
        new TextTable(
            "layer", "shape", ">fan-in", ">fan-out", "rule", ">gamma", ">variance", "distribution");
    for (Layer layer : plan.layers()) {
      table.row(
          layer.name(),
          String.join("x", layer.shape().stream().map(String::valueOf).toList()),
          layer.fanIn(),
          layer.fanOut(),
          layer.rule(),
          layer.initGamma() == null ? "" : String.format(Locale.ROOT, "%.4g", layer.initGamma()),
          String.format(Locale.ROOT, "%.6g", layer.variance()),
          layer.distribution());
    }
    out.println(String.format(Locale.ROOT, "%s, %d classes", plan.network(), plan.classes()));
    out.print(table);
    if (!plan.zeroScales().isEmpty()) {
      out.println(
          String.format(
              Locale.ROOT,
              "%d scales of batch normalization start at 0: %s",
              plan.zeroScales().size(),
              String.join(", ", plan.zeroScales())));
    }
    out.println(String.format(Locale.ROOT, "%,d trained parameters", plan.trainedParameters()));
    plan.gammaUnnormalized().ifPresent(out::println);
    if (plan.tuning() != null) {
      print(out, plan.tuning());
    }
  }

  private static void print(PrintWriter out, Tuning tuning) {
    TextTable table = new TextTable("tensor", ">start norm", ">scale", ">final norm");
    for (TunedNetwork.Tensor tensor : tuning.tensors()) {
      if (tensor.startNorm() > 0) {
        table.row(
            tensor.name(),
            String.format(Locale.ROOT, "%.4g", tensor.startNorm()),
            String.format(Locale.ROOT, "%.4g", tensor.scale()),
            String.format(Locale.ROOT, "%.4g", tensor.finalNorm()));
      }
    }
    out.println();
    out.print(table);
    out.println(
        new TunedNetwork(
                TuningMethod.named(tuning.method()).orElseThrow(),
                tuning.tensors(),
                tuning.values())
            .sentence());
  }

  /** What {@code --diagnose --json} prints. */
  record Diagnosis(String network, String dataset, List<Measured> initializations) {}

  /**
   * An initialization of {@link Diagnosis}.
   *
   * @param steps taken before: 1 where the classifier starts at 0, else 0
   */
  record Measured(String initialization, int steps, String verdict, List<NormsTable.Row> layers) {}

  private void diagnose(PrintWriter out) throws IOException {
    if (plot != null) {
      NormsPlot.check(plot);
    }
    List<String> names = initializations.isEmpty() ? configured() : initializations;
    Map<String, NormDiagnosis.Measured> measured = new LinkedHashMap<>();
    IsonormConfig first = config.load(settings(names.get(0)));
    NormDiagnosis diagnosis;
    try (SparkSession spark = open(first)) {
      diagnosis = NormDiagnosis.open(first, spark, batchSize);
    }
    for (String name : names) {
      IsonormConfig chosen = config.load(settings(name));
      measured.put(
          name.isEmpty() ? chosen.initialization().rule() : name, diagnosis.measure(chosen));
    }
    Map<String, NormPropagation> norms = new LinkedHashMap<>();
    measured.forEach((name, each) -> norms.put(name, each.norms()));
    double learningRate = first.optimizerPerStep().learningRate();
    if (json) {
      Result.print(
          out,
          new Diagnosis(
              diagnosis.network(),
              diagnosis.dataset(),
              measured.entrySet().stream()
                  .map(
                      entry ->
                          new Measured(
                              entry.getKey(),
                              entry.getValue().steps(),
                              entry.getValue().sentence(),
                              NormsTable.rows(entry.getValue().norms(), learningRate)))
                  .toList()));
    } else {
      measured.forEach((name, each) -> print(out, name, each, learningRate));
    }
    // What was measured is on the screen where a file cannot be written.
    out.flush();
    if (csv != null) {
      AtomicFiles.write(csv, NormsTable.csv(norms, learningRate));
    }
    if (plot != null) {
      NormsPlot.write(plot, diagnosis.network(), norms, learningRate);
    }
  }

  /** The configuration's own initialization; a tuned one beside its untuned start. */
  private List<String> configured() {
    IsonormConfig own = config.load(settings());
    return own.initialization().tuningMethod().isPresent()
        ? List.of(own.initializationOf(own.networkDefinition()).rule(), "")
        : List.of("");
  }

  private List<Setting> settings(String initialization) {
    List<Setting> settings = settings();
    if (initialization.isEmpty()) {
      return settings;
    }
    String option = "--initialization";
    int equals = initialization.indexOf('=');
    String name = equals < 0 ? initialization : initialization.substring(0, equals);
    add(settings, "initialization.rule", name, option);
    if (name.equals("fixup")) {
      add(settings, "network.fixup", "true", option);
    }
    if (equals >= 0) {
      String value = initialization.substring(equals + 1);
      switch (name) {
        case "bn-gamma" -> add(settings, "initialization.init-gamma", value, option);
        case "fixed-std" -> add(settings, "initialization.std", value, option);
        default ->
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "Invalid --initialization: %s (only bn-gamma=GAMMA and fixed-std=STD take a number)",
                    initialization));
      }
    }
    return settings;
  }

  private static void print(
      PrintWriter out, String name, NormDiagnosis.Measured measured, double learningRate) {
    TextTable table =
        new TextTable(
            "layer",
            ">alpha",
            ">beta",
            ">activation mean",
            ">variance",
            ">error mean",
            ">variance",
            ">gradient norm",
            ">update ratio",
            ">effective rate");
    for (NormsTable.Row row : NormsTable.rows(measured.norms(), learningRate)) {
      table.row(
          row.layer(),
          String.format(Locale.ROOT, "%.3g", row.alpha()),
          figure(row.beta()),
          String.format(Locale.ROOT, "%.3g", row.activationMean()),
          String.format(Locale.ROOT, "%.3g", row.activationVariance()),
          String.format(Locale.ROOT, "%.3g", row.errorMean()),
          String.format(Locale.ROOT, "%.3g", row.errorVariance()),
          String.format(Locale.ROOT, "%.3g", row.gradientNorm()),
          figure(row.updateRatio()),
          figure(row.effectiveLearningRate()));
    }
    out.println(name);
    out.print(table);
    out.println(measured.sentence());
    out.println();
  }

  private static String figure(Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.3g", value);
  }

  private void printRules(PrintWriter out) {
    List<Rule> rules = new ArrayList<>();
    for (InitializationRule entry : InitializationRule.allForClassifier()) {
      String layers =
          !InitializationRule.all().contains(entry)
              ? CLASSIFIER
              : entry.firstConvolutionOnly() ? FIRST_CONVOLUTION : EVERY_LAYER;
      rules.add(new Rule(entry.name(), layers, entry.formula(), entry.needs(), entry.source()));
    }
    for (TuningMethod method : TuningMethod.values()) {
      rules.add(
          new Rule(method.label(), EVERY_LAYER, method.formula(), method.needs(), method.source()));
    }
    if (json) {
      Result.print(out, new Rules(rules));
      return;
    }
    TextTable table = new TextTable("rule", "layers", "variance of the weights", "needs", "source");
    for (Rule entry : rules) {
      table.row(entry.name(), entry.layers(), entry.formula(), entry.needs(), entry.source());
    }
    out.print(table);
    out.println(
        "n is the fan-in, m the fan-out; c/n, c/m, c/avg and c/gm take any number c > 0. The last"
            + " four scale a start by what they see: initialization.tuning.");
  }
}
