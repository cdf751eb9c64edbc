/**
 * What a worker does with a batch: {@link org.isonorm.network.step.TrainingStep} computes gradients
 * by a compiled plan and applies the optimizer, {@link org.isonorm.network.step.Inference} computes
 * outputs.
 *
 * <p>Before it: {@code org.isonorm.network.plan}. After it: the training loop.
 */
package org.isonorm.network.step;
