package org.isonorm.init;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The methods that scale the tensors of a start by what they see on batches, by the names they are
 * chosen by in the place of a rule.
 */
public enum TuningMethod {
  /** {@link Lsuv}. */
  LSUV(
      "lsuv",
      "orthonormal",
      "each layer's weights / std of its output on a batch",
      "activations on a batch",
      "Mishkin and Matas 2016"),

  /** {@link MetaInit} on Gaussian images with random labels. */
  METAINIT(
      "metainit",
      "kaiming-fan-in",
      "norms of weights by momentum of sign dGQ/dnorm, GQ = mean |Hg + e sign g|/(|g| + e)",
      "second derivatives, no data",
      "Dauphin and Schoenholz 2019"),

  /** {@link MetaInit} as the baseline of table 1 of Zhang et al. 2022. */
  METAINIT_TABLE_1(
      "metainit-table-1",
      KaimingTable1.NAME,
      "scales of all tensors by Adam on GQ",
      "second derivatives on batches",
      "Zhu et al. 2021, code"),

  /** {@link GradInit}. */
  GRADINIT(
      "gradinit",
      KaimingTable1.NAME,
      "scales of all tensors by Adam on the loss after a step of .1 g/|g|, where |g| <= 1, else on"
          + " |g|",
      "first and second derivatives on batches",
      "Zhu et al. 2021");

  private final String label;
  private final String start;
  private final String formula;
  private final String needs;
  private final String source;

  TuningMethod(String label, String start, String formula, String needs, String source) {
    this.label = label;
    this.start = start;
    this.formula = formula;
    this.needs = needs;
    this.source = source;
  }

  /** The method of that name, if it is one's. */
  public static Optional<TuningMethod> named(String name) {
    return Arrays.stream(values()).filter(method -> method.label.equals(name)).findFirst();
  }

  /**
   * The name, if it is a method's or a rule's for convolutions.
   *
   * @throws IllegalArgumentException if it is neither; names the nearest and lists all
   */
  public static String requireMethodOrRule(String name) {
    if (named(name).isEmpty()) {
      InitializationRule.check(name, labels());
    }
    return name;
  }

  /** The name it is chosen by. */
  public String label() {
    return label;
  }

  /** Name of the rule whose start it was published with. */
  public String start() {
    return start;
  }

  /** What it does, in a line. */
  public String formula() {
    return formula;
  }

  /** What it has to see beside the shapes of the layers. */
  public String needs() {
    return needs;
  }

  /** Author and year. */
  public String source() {
    return source;
  }

  /** Whether its batches are of training examples. */
  public boolean needsData() {
    return this != METAINIT;
  }

  /** All labels. */
  public static List<String> labels() {
    return Stream.of(values()).map(TuningMethod::label).toList();
  }
}
