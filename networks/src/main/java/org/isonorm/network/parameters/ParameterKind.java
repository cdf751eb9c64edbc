package org.isonorm.network.parameters;

import java.util.Optional;
import org.isonorm.network.parameters.ParameterGroups.Group;

/** What a layer's parameter is. */
public enum ParameterKind {
  /** Weights of a convolution. */
  CONVOLUTION(Group.WEIGHTS),

  /** Weights of the classifier. */
  CLASSIFIER(Group.WEIGHTS),

  /** Scale of a batch normalization. */
  SCALE(Group.UNDECAYED),

  /** Shift of a batch normalization. */
  SHIFT(Group.UNDECAYED),

  /** Bias of a convolution or of the classifier. */
  BIAS(Group.UNDECAYED),

  /** Bias or multiplier of one number for a whole layer, as Fixup has them. */
  SCALAR(Group.UNDECAYED),

  /** Running mean of a batch normalization. */
  RUNNING_MEAN(Group.RUNNING_MEANS),

  /** Running variance of a batch normalization. */
  RUNNING_VARIANCE(Group.RUNNING_VARIANCES);

  private final Group group;

  ParameterKind(Group group) {
    this.group = group;
  }

  /** How parameters of this kind are updated and averaged. */
  public Group group() {
    return group;
  }

  /** What follows a layer's name and a dot in the tensor's; nothing of running statistics. */
  Optional<String> tensor() {
    return switch (this) {
      case CONVOLUTION, CLASSIFIER -> Optional.of("weight");
      case SCALE -> Optional.of("scale");
      case SHIFT -> Optional.of("shift");
      case BIAS -> Optional.of("bias");
      case SCALAR -> Optional.of("scalar");
      case RUNNING_MEAN, RUNNING_VARIANCE -> Optional.empty();
    };
  }

  /** Whether gradients train it. */
  public boolean isTrained() {
    return group == Group.WEIGHTS || group == Group.UNDECAYED;
  }
}
