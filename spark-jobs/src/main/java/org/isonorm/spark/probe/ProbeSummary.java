package org.isonorm.spark.probe;

import java.util.List;
import org.isonorm.init.Sharpness;
import org.isonorm.spark.run.ProbeRow;

/**
 * What a probe found: the contents of probe.json.
 *
 * @param learningRate to train with
 * @param initGamma to start with, that of the equilibrium at that rate
 * @param weightDecay the configuration's, which the equilibrium is of
 * @param why in sentences, with how sure it is
 * @param shortRunRate the best learning rate of the short runs, of which learningRate is what
 *     remains for the steps of the training
 * @param equallyGood learning rates that the short runs could not tell from their best
 * @param bracketed whether worse rates were seen on both sides of their best
 * @param sharpness of the start in equilibrium at the configuration's rate
 * @param largestStableRate by that sharpness, where every rate starts in its equilibrium
 * @param cost share of the training's cost that the probe took
 * @param configuration file to train with
 */
public record ProbeSummary(
    String network,
    String dataset,
    double learningRate,
    double initGamma,
    double weightDecay,
    String why,
    double shortRunRate,
    List<Double> equallyGood,
    boolean bracketed,
    Sharpness sharpness,
    double largestStableRate,
    List<ProbeRow> runs,
    double cost,
    String configuration) {}
