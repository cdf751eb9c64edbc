package org.isonorm.network.export;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.isonorm.network.layer.FastBatchNormalization;

/**
 * Names of layers as torchvision's networks have them.
 *
 * <ul>
 *   <li>Residual networks: {@code conv1}, {@code bn1}, {@code layer1.0.conv2}, {@code
 *       layer1.0.bn2}, {@code layer2.0.downsample.0} and {@code .1}, {@code fc}.
 *   <li>DenseNet: {@code features.conv0}, {@code features.denseblock1.denselayer1.norm1}, {@code
 *       features.transition1.conv}, {@code features.norm5}, {@code classifier}.
 *   <li>A chain of layers, such as VGG: {@code features.0}, {@code features.1}, counted as in a
 *       torch Sequential that has ReLU and pooling as modules of their own; {@code classifier}.
 *   <li>What torchvision has not, such as Fixup's scalars, keeps its name, with _ for -.
 * </ul>
 */
final class TorchNames {
  private static final Pattern BLOCK =
      Pattern.compile("stage(\\d+)\\.block(\\d+)\\.(conv\\d+|shortcut)(.*)");
  private static final Pattern DENSE_LAYER =
      Pattern.compile("stage(\\d+)\\.layer(\\d+)\\.conv(\\d+)(.*)");
  private static final Pattern TRANSITION = Pattern.compile("transition(\\d+)(\\.bn)?");
  private static final String NORMALIZATION = ".bn";

  private TorchNames() {}

  /** The name of every layer of a graph, in forward order. */
  static Map<String, String> of(ComputationGraph graph) {
    Collection<List<String>> inputs = graph.getConfiguration().getVertexInputs().values();
    List<String> read = inputs.stream().flatMap(List::stream).toList();
    boolean chain = read.size() == inputs.size() && Set.copyOf(read).size() == read.size();
    boolean dense =
        graph.getConfiguration().getVertices().keySet().stream()
            .anyMatch(name -> DENSE_LAYER.matcher(name).matches());
    Map<String, String> names = new LinkedHashMap<>();
    int module = 0;
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = graph.getVertices()[index];
      if (!vertex.hasLayer()) {
        continue;
      }
      Object layer = vertex.getLayer().conf().getLayer();
      String name = vertex.getVertexName();
      if (layer instanceof BaseOutputLayer) {
        names.put(name, chain || dense ? "classifier" : "fc");
      } else if (chain) {
        names.put(name, "features." + module);
        module += layer instanceof FastBatchNormalization bn && bn.isRelu() ? 2 : 1;
      } else {
        names.put(name, (dense ? dense(name) : residual(name)).replace('-', '_'));
      }
    }
    return names;
  }

  private static String residual(String name) {
    Matcher block = BLOCK.matcher(name);
    if (block.matches()) {
      String place =
          String.format(
              Locale.ROOT, "layer%s.%d.", block.group(1), Integer.parseInt(block.group(2)) - 1);
      boolean normalization = block.group(4).equals(NORMALIZATION);
      if (block.group(3).equals("shortcut")) {
        return place + "downsample." + (normalization ? "1" : "0" + block.group(4));
      }
      return place
          + (normalization
              ? block.group(3).replace("conv", "bn")
              : block.group(3) + block.group(4));
    }
    return switch (name) {
      case "stem" -> "conv1";
      case "stem.bn" -> "bn1";
      default -> name;
    };
  }

  private static String dense(String name) {
    Matcher layer = DENSE_LAYER.matcher(name);
    if (layer.matches()) {
      boolean normalization = layer.group(4).equals(NORMALIZATION);
      return String.format(
          Locale.ROOT,
          "features.denseblock%s.denselayer%s.%s%s",
          layer.group(1),
          layer.group(2),
          normalization ? "norm" : "conv",
          layer.group(3) + (normalization ? "" : layer.group(4)));
    }
    Matcher transition = TRANSITION.matcher(name);
    if (transition.matches()) {
      return String.format(
          Locale.ROOT,
          "features.transition%s.%s",
          transition.group(1),
          transition.group(2) == null ? "conv" : "norm");
    }
    return switch (name) {
      case "stem" -> "features.conv0";
      case "final.bn" -> "features.norm5";
      default -> name;
    };
  }
}
