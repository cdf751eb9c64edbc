package org.isonorm.spark.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.LayerKind;
import org.isonorm.init.WeightShape;
import org.isonorm.network.NetworkDefinition;
import org.isonorm.network.Networks;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm init}. */
@Command(
    name = "init",
    header = "Prints how every layer of a network would start.",
    description =
        "%nA row a layer: shape of the weights, fan-in, fan-out, rule and variance; then the number of trained parameters."
            + " Needs no data and starts no Spark.%n",
    footer = {
      "",
      "Example:",
      "  isonorm init --network vgg-19 --init-gamma 0.4",
    })
final class InitCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions config;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description =
          "vgg-{11,13,16,19} or resnet-{20,32,44,56,110,34} (the configuration's network.name).")
  private String network;

  @Option(
      names = "--classes",
      paramLabel = "N",
      description = "Outputs of the classifier (the configuration's data set's).")
  private Integer classes;

  @Option(
      names = "--rule",
      paramLabel = "NAME",
      description = "Rule of the convolutions (initialization.rule).")
  private String rule;

  @Option(
      names = "--init-gamma",
      paramLabel = "X",
      description = "Gamma of the rule bn-gamma, Var(w) = 2/(gamma m) (initialization.init-gamma).")
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
      List<Layer> layers) {}

  /** A layer of {@link Plan}. */
  record Layer(
      String name,
      String kind,
      List<Integer> shape,
      long fanIn,
      long fanOut,
      String rule,
      double variance,
      String distribution) {}

  @Override
  public Integer call() {
    Plan plan = plan(config.load(settings()));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, plan);
    } else {
      print(out, plan);
    }
    return CommandLineInterface.DONE;
  }

  private List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    add(settings, "network.name", network, "--network");
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

  private Plan plan(IsonormConfig chosen) {
    NetworkDefinition definition = chosen.networkDefinition();
    if (classes != null) {
      definition = definition.withClasses(classes);
    }
    InitializationPlan plan =
        InitializationPlan.of(
            Networks.topology(definition), chosen.initialization().initialization());
    return new Plan(
        definition.name(),
        definition.classes(),
        chosen.initialization().rule(),
        chosen.initialization().initGamma(),
        chosen.initialization().distribution(),
        chosen.initialization().classifier(),
        plan.topology().trainedParameters(),
        plan.layers().stream().map(InitCommand::layer).toList());
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
        layer.variance(),
        layer.sampler().name());
  }

  private static void print(PrintWriter out, Plan plan) {
    TextTable table =
        new TextTable("layer", "shape", ">fan-in", ">fan-out", "rule", ">variance", "distribution");
    for (Layer layer : plan.layers()) {
      table.row(
          layer.name(),
          String.join("x", layer.shape().stream().map(String::valueOf).toList()),
          layer.fanIn(),
          layer.fanOut(),
          layer.rule(),
          "%.6g".formatted(layer.variance()),
          layer.distribution());
    }
    out.println("%s, %d classes".formatted(plan.network(), plan.classes()));
    out.print(table);
    out.println("%,d trained parameters".formatted(plan.trainedParameters()));
  }
}
