/**
 * The public door: training, evaluation and prediction from your own Java or Scala code, on a
 * {@code SparkSession} of yours.
 *
 * <pre>{@code
 * try (TrainedModel model =
 *     Trainer.on(spark)
 *         .settings(RunSettings.defaults().with("network.name", "resnet-20").with("training.epochs", 10))
 *         .images(Images.ingested("data/photos"))
 *         .train(Path.of("runs/photos"))
 *         .model()) {
 *   System.out.println(model.predict(Files.readAllBytes(Path.of("cat.png"))).className());
 * }
 * }</pre>
 *
 * <p>What is public in this package, and the documented types of {@code org.isonorm.init} and
 * {@code org.isonorm.network}, keeps its form between minor versions. Nothing else of this project
 * is promised, whatever its visibility. The command line is a client of this package.
 */
package org.isonorm.spark.api;
