/**
 * Times training steps and inference, part by part, for {@code isonorm bench} and its peers of
 * DL4J's own layers. {@link org.isonorm.network.benchmark.StepBenchmark} gives its steps kernels
 * whose calls are timed; nothing that trains knows of it.
 *
 * <p>Before it: {@code org.isonorm.network.step}. After it: the command line, which prints {@link
 * org.isonorm.network.benchmark.StepTimes}.
 */
package org.isonorm.network.benchmark;
