/**
 * The probe: before a long training, a learning rate and a γ for it, found by the sharpness of the
 * start, the γ of equilibrium and short runs. Before it stands the configuration; it trains by
 * {@code org.isonorm.spark.train} and leaves a configuration to train with.
 *
 * <p>A probe's folder holds {@code probe.conf}, the configuration to train with; {@code probe.csv},
 * a row a short run ({@link org.isonorm.spark.run.ProbeRow}); {@code probe.json}, {@link
 * org.isonorm.spark.probe.ProbeSummary}; {@code probe.png}; and {@code runs/NAME/}, the short runs'
 * folders without their checkpoints.
 */
package org.isonorm.spark.probe;
