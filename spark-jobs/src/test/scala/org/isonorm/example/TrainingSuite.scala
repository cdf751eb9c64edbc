package org.isonorm.example

import java.io.{PrintWriter, Writer}
import java.nio.file.Files

import org.isonorm.spark.api.{Images, RunSettings, Trainer}
import org.isonorm.spark.cli.CommandLineInterface
import org.isonorm.spark.train.LocalSpark
import org.scalatest.funsuite.AnyFunSuite

/** The public API from Scala. */
class TrainingSuite extends AnyFunSuite {
  test("a run on the data set that Isonorm draws itself") {
    val folder = Files.createTempDirectory("isonorm")
    val settings = RunSettings.defaults
      .`with`("network.name", "resnet-8")
      .`with`("network.width", 4)
      .`with`("training.epochs", 1)
      .`with`("training.global-batch-size", 20)
      .`with`("data.path", folder.resolve("images").toString)
      .`with`("data.validation-examples", 40)
    val drawn = CommandLineInterface.run(
      new PrintWriter(Writer.nullWriter),
      new PrintWriter(System.err),
      "ingest --dataset synthetic --train-examples 140 --test-examples 30 --out".split(" ") :+
        folder.resolve("images").toString: _*
    )
    assert(drawn == 0)
    val result = Trainer.on(LocalSpark.session).settings(settings).train(folder.resolve("run"))
    assert(result.evaluation.examples == 30)
    result.model.close()

    val again = Trainer
      .on(LocalSpark.session)
      .settings(settings)
      .images(Images.ingested(folder.resolve("images").toString))
      .train(folder.resolve("again"))
    assert(again.evaluation.loss == result.evaluation.loss)
    again.model.close()
  }
}
