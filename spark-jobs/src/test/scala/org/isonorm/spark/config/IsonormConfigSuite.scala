package org.isonorm.spark.config

import org.scalacheck.Gen
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

import java.nio.charset.StandardCharsets
import java.nio.file.{Files, Path}
import java.util.Optional
import scala.collection.JavaConverters._

class IsonormConfigSuite extends AnyFunSuite with ScalaCheckPropertyChecks {
  private val texts =
    Gen.nonEmptyListOf(Gen.choose(' ', '\u2fff')).map(_.mkString).suchThat(_.trim.nonEmpty)

  private val settings: Gen[Seq[Setting]] = for {
    name <- texts
    path <- texts
    seed <- Gen.long
    learningRate <- Gen.choose(1e-9, 1e3)
    weightDecay <- Gen.choose(0.0, 1.0)
    steps <- Gen.listOf(Gen.choose(1, 1000)).map(_.distinct.sorted)
    workers <- Gen.choose(1, 64)
    workerBatch <- Gen.choose(1, 512)
    flip <- Gen.oneOf(true, false)
    schedule <- Gen.oneOf("cosine", "constant")
    property <- Gen.alphaStr
    value <- texts
  } yield Seq(
    "run.name" -> quoted(name),
    "data.path" -> quoted(path),
    "run.seed" -> seed.toString,
    "optimizer.learning-rate" -> learningRate.toString,
    "optimizer.weight-decay" -> weightDecay.toString,
    "optimizer.step-epochs" -> steps.mkString("[", ",", "]"),
    "averaging.workers" -> workers.toString,
    "training.global-batch-size" -> (workers.toLong * workerBatch).toString,
    "augmentation.flip" -> flip.toString,
    "optimizer.schedule" -> schedule,
    "spark.properties.spark.x" + property -> quoted(value)
  ).map { case (key, setting) => new Setting(key, setting, "test") }

  test("what render writes, load reads as an equal configuration") {
    val file = Files.createTempFile("config", ".conf")
    try {
      forAll(settings) { chosen =>
        val config = IsonormConfig.loadWith(Optional.empty[Path], chosen.asJava)
        Files.write(file, config.render().getBytes(StandardCharsets.UTF_8))
        val reloaded = IsonormConfig.load(Optional.of(file), Seq.empty[String].asJava)
        assert(reloaded === config)
        assert(reloaded.render() === config.render())
      }
    } finally Files.delete(file)
  }

  test("the order of settings of different keys does not matter") {
    forAll(settings, Gen.long) { (chosen, seed) =>
      val shuffled = new scala.util.Random(seed).shuffle(chosen)
      assert(
        IsonormConfig.loadWith(Optional.empty[Path], shuffled.asJava) ===
          IsonormConfig.loadWith(Optional.empty[Path], chosen.asJava)
      )
    }
  }

  test("a key with two letters swapped is unknown, and the right key is offered") {
    val keys =
      RecordReader.keys(classOf[IsonormConfig]).asScala.filterNot(_.startsWith("spark.properties"))
    forAll(Gen.oneOf(keys), Gen.choose(0, 1000)) { (key, at) =>
      val last = key.substring(key.lastIndexOf('.') + 1)
      val i = key.length - last.length + at % (last.length - 1)
      val wrong = key.patch(i, Seq(key(i + 1), key(i)), 2)
      whenever(!keys.contains(wrong)) {
        val error = intercept[IllegalArgumentException] {
          IsonormConfig.load(Optional.empty[Path], Seq(wrong + "=1").asJava)
        }
        assert(error.getMessage === s"Unknown key '$wrong' in --set (did you mean '$key'?)")
      }
    }
  }

  private def quoted(text: String): String = com.typesafe.config.ConfigUtil.quoteString(text)
}
