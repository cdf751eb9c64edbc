package org.isonorm.network.step;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerMethod.Muon;
import org.isonorm.network.step.OptimizerMethod.Sgdp;

/**
 * How a step updates elements [from, to) of the flat vector.
 *
 * @param trained whether gradients train them; else they are running statistics
 * @param learningRateFactor what the step's learning rate is multiplied by
 * @param weightDecay L2 coefficient
 * @param rows of the matrix that they are to a method that moves it as a whole; 0 where every
 *     element moves by itself
 */
public record ParameterUpdate(
    long from, long to, boolean trained, double learningRateFactor, double weightDecay, int rows) {

  /** The updates of all that is not frozen, in order: as few as the settings allow. */
  public static List<ParameterUpdate> of(ParameterLayout layout, OptimizerSettings settings) {
    List<ParameterUpdate> updates = new ArrayList<>();
    for (Parameter parameter : layout.parameters()) {
      if (settings.frozen().contains(parameter.layer(), parameter.kind())) {
        continue;
      }
      ParameterUpdate next = of(parameter, settings);
      int last = updates.size() - 1;
      if (last >= 0 && updates.get(last).isFollowedBy(next)) {
        updates.set(last, updates.get(last).upTo(next.to()));
      } else {
        updates.add(next);
      }
    }
    return updates;
  }

  private static ParameterUpdate of(Parameter parameter, OptimizerSettings settings) {
    String layer = parameter.layer();
    ParameterKind kind = parameter.kind();
    return kind.isTrained()
        ? new ParameterUpdate(
            parameter.from(),
            parameter.to(),
            true,
            ParameterRule.learningRateFactor(settings.rulesNow(), layer, kind),
            ParameterRule.weightDecay(settings.rulesNow(), layer, kind, settings.weightDecay()),
            isMatrix(kind, settings) ? parameter.units() : 0)
        : new ParameterUpdate(parameter.from(), parameter.to(), false, 0, 0, 0);
  }

  private static boolean isMatrix(ParameterKind kind, OptimizerSettings settings) {
    return switch (kind) {
      case CONVOLUTION -> settings.method() instanceof Muon || settings.method() instanceof Sgdp;
      case CLASSIFIER -> settings.method() instanceof Sgdp;
      default -> false;
    };
  }

  private boolean isFollowedBy(ParameterUpdate next) {
    return rows == 0
        && equals(
            new ParameterUpdate(
                from, to, next.trained, next.learningRateFactor, next.weightDecay, next.rows))
        && to == next.from;
  }

  private ParameterUpdate upTo(long end) {
    return new ParameterUpdate(from, end, trained, learningRateFactor, weightDecay, rows);
  }
}
