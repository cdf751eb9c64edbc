package org.isonorm.spark.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.isonorm.init.WeightMotion;

/**
 * How a layer's weights move, by the names of norms.csv; all NaN where nothing moves them.
 *
 * @param rotation radians by which the next step turns them
 * @param filterRotationMedian of the filters
 * @param filterRotationSpread between the quarters of the filters with least and most
 * @param filterNormMedian of the filters
 * @param filterNormSpread likewise
 * @param gradientRadialShare cosine of gradient and weights
 * @param updateRadialShare cosine of step and weights
 * @param equilibriumNorm ω by the gradient measured; NaN, as all below, where the length matters
 * @param equilibriumRotation radians a step in equilibrium
 * @param equilibriumSteps τ
 * @param normToEquilibrium ‖w‖/ω
 * @param rotationToEquilibrium measured rotation over the predicted
 * @param roundRotation radians by which the averaging round before turned them, NaN at the start
 * @param equilibriumRoundRotation radians a round in equilibrium
 */
public record MotionFigures(
    double rotation,
    double filterRotationMedian,
    double filterRotationSpread,
    double filterNormMedian,
    double filterNormSpread,
    double gradientRadialShare,
    double updateRadialShare,
    double equilibriumNorm,
    double equilibriumRotation,
    double equilibriumSteps,
    double normToEquilibrium,
    double rotationToEquilibrium,
    double roundRotation,
    double equilibriumRoundRotation) {
  private static final RecordTable<MotionFigures> TABLE = new RecordTable<>(MotionFigures.class);
  private static final double NONE = Double.NaN;

  /** The figures where nothing moves the weights. */
  public static final MotionFigures UNMOVED =
      new MotionFigures(
          NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE);

  /**
   * The figures of a layer whose weights have that norm.
   *
   * @param roundRotation radians of the round before
   */
  public static MotionFigures of(WeightMotion motion, double weightNorm, double roundRotation) {
    return new MotionFigures(
        motion.rotation(),
        motion.filterRotation().median(),
        motion.filterRotation().spread(),
        motion.filterNorm().median(),
        motion.filterNorm().spread(),
        motion.gradientRadialShare(),
        motion.updateRadialShare(),
        motion.equilibriumNorm(),
        motion.equilibriumRotation(),
        motion.equilibriumSteps(),
        weightNorm / motion.equilibriumNorm(),
        motion.rotation() / motion.equilibriumRotation(),
        roundRotation,
        motion.equilibriumRoundRotation());
  }

  /** By name, in this order. */
  public Map<String, Double> byName() {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (int i = 0; i < TABLE.columns().size(); i++) {
      figures.put(TABLE.columns().get(i), Double.valueOf(TABLE.cells(this).get(i)));
    }
    return figures;
  }
}
