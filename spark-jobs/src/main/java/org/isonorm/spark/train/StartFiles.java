package org.isonorm.spark.train;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.WeightShape;
import org.isonorm.network.RealizedLayer;
import org.isonorm.network.TunedNetwork;

/**
 * What a run's folder says of its network's start, as text.
 *
 * @param initialization initialization.csv: what each layer was meant to be initialized with, and
 *     what its weights came out as
 * @param tuning tuning.csv: the norm of every tensor before and after a tuned method; null without
 * @param tuningSteps tuning-steps.csv: what the method looked at, step by step; null without
 */
record StartFiles(String initialization, String tuning, String tuningSteps)
    implements Serializable {

  static StartFiles of(NetworkStart start) {
    return new StartFiles(
        initialization(start.layers()),
        start.tuned().map(StartFiles::tuning).orElse(null),
        start.tuned().map(StartFiles::steps).orElse(null));
  }

  private static String initialization(List<RealizedLayer> layers) {
    StringBuilder csv =
        new StringBuilder(
            "layer,kind,shape,fanIn,fanOut,rule,targetVariance,realizedVariance,realizedMean\n");
    for (RealizedLayer realized : layers) {
      LayerInitialization layer = realized.initialization();
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%d,%d,%s,%.9g,%.9g,%.9g%n",
              layer.layer().name(),
              layer.layer().kind().name().toLowerCase(Locale.ROOT),
              shape(layer.layer().shape()),
              layer.fan().in(),
              layer.fan().out(),
              layer.rule(),
              layer.variance(),
              realized.statistics().variance(),
              realized.statistics().mean()));
    }
    return csv.toString();
  }

  private static String shape(WeightShape shape) {
    return "%dx%dx%dx%d"
        .formatted(shape.out(), shape.in() / shape.groups(), shape.height(), shape.width());
  }

  private static String tuning(TunedNetwork tuned) {
    StringBuilder csv = new StringBuilder("layer,tensor,startNorm,scale,finalNorm\n");
    for (TunedNetwork.Tensor tensor : tuned.tensors()) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%.9g,%.9g,%.9g%n",
              tensor.layer(),
              tensor.name(),
              tensor.startNorm(),
              tensor.scale(),
              tensor.finalNorm()));
    }
    return csv.toString();
  }

  private static String steps(TunedNetwork tuned) {
    StringBuilder csv = new StringBuilder("step,method,value\n");
    for (int step = 0; step < tuned.values().size(); step++) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%d,%s,%.9g%n",
              step + 1,
              tuned.method().label(),
              tuned.values().get(step)));
    }
    return csv.toString();
  }
}
