package org.isonorm.spark.run;

import java.io.Serializable;

/**
 * What a run's folder says of its network's start, as text.
 *
 * @param initialization initialization.csv: what each layer was meant to be initialized with, and
 *     what its weights came out as
 * @param equilibrium equilibrium.csv: the γ of equilibrium of every layer; null without
 * @param tuning tuning.csv: the norm of every tensor before and after a tuned method; null without
 * @param tuningSteps tuning-steps.csv: what the method looked at, step by step; null without
 * @param weights weights.csv: what became of every tensor of another network's weights; null
 *     without
 */
public record StartFiles(
    String initialization, String equilibrium, String tuning, String tuningSteps, String weights)
    implements Serializable {}
