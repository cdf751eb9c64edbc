package org.isonorm.network.step;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;

/**
 * How a step updates elements [from, to) of the flat vector.
 *
 * @param trained whether gradients train them; else they are running statistics
 * @param learningRateFactor what the step's learning rate is multiplied by
 * @param weightDecay L2 coefficient
 */
public record ParameterUpdate(
    long from, long to, boolean trained, double learningRateFactor, double weightDecay) {

  /** The updates of all that is not frozen, in order: as few as the settings allow. */
  public static List<ParameterUpdate> of(ParameterLayout layout, OptimizerSettings settings) {
    List<ParameterUpdate> updates = new ArrayList<>();
    for (Parameter parameter : layout.parameters()) {
      if (settings.frozen().contains(parameter.layer())) {
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
            ParameterRule.learningRateFactor(settings.rules(), layer, kind),
            ParameterRule.weightDecay(settings.rules(), layer, kind, settings.weightDecay()))
        : new ParameterUpdate(parameter.from(), parameter.to(), false, 0, 0);
  }

  private boolean isFollowedBy(ParameterUpdate next) {
    return equals(
            new ParameterUpdate(from, to, next.trained, next.learningRateFactor, next.weightDecay))
        && to == next.from;
  }

  private ParameterUpdate upTo(long end) {
    return new ParameterUpdate(from, end, trained, learningRateFactor, weightDecay);
  }
}
