package org.isonorm.init;

import java.util.List;
import java.util.Optional;

/**
 * Where a convolution stands in a residual branch.
 *
 * @param position 1 for the branch's first convolution
 * @param length convolutions of the branch
 * @param branches residual branches of the network
 */
record BranchPlace(int position, int length, int branches) {

  /** The place of a layer; empty outside all branches. */
  static Optional<BranchPlace> of(NetworkTopology topology, LayerTopology layer) {
    List<ResidualBranch> branches = topology.branches();
    return branches.stream()
        .map(ResidualBranch::convolutions)
        .filter(convolutions -> convolutions.contains(layer.name()))
        .findFirst()
        .map(
            convolutions ->
                new BranchPlace(
                    convolutions.indexOf(layer.name()) + 1, convolutions.size(), branches.size()));
  }

  boolean last() {
    return position == length;
  }
}
