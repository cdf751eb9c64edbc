package org.isonorm.init

import scala.collection.JavaConverters._

import org.scalacheck.Gen

/** Shapes, names and settings for the property suites. */
object Generators {
  val convolutions: Gen[WeightShape] = for {
    groups <- Gen.oneOf(1, 1, 2, 4)
    out <- Gen.choose(1, 64)
    in <- Gen.choose(1, 64)
    height <- Gen.oneOf(1, 3, 5)
    width <- Gen.oneOf(1, 3, 5)
  } yield new WeightShape(out * groups, in * groups, height, width, groups)

  val denseLayers: Gen[WeightShape] = for {
    out <- Gen.choose(1, 1000)
    in <- Gen.choose(1, 1000)
  } yield WeightShape.dense(out, in)

  val shapes: Gen[WeightShape] = Gen.oneOf(convolutions, denseLayers)

  val initGammas: Gen[Double] = Gen.choose(-3.0, 3.0).map(math.pow(10, _))

  val rules: Gen[InitializationRule] = Gen.oneOf(InitializationRule.all.asScala.toSeq)

  val distributions: Gen[String] = Gen.oneOf(Distribution.names.asScala.toSeq)

  /** Any Unicode text, the empty one included. */
  val names: Gen[String] =
    Gen.listOf(Gen.oneOf(Gen.alphaNumChar, Gen.choose('\u00a1', '\u9fff'))).map(_.mkString)

  def network(shapes: Seq[WeightShape]): NetworkTopology = {
    val convolutions = shapes.init.zipWithIndex.map { case (shape, i) =>
      new LayerTopology(s"conv$i", LayerKind.CONVOLUTION, shape, false, true)
    }
    val classifier = new LayerTopology("classifier", LayerKind.CLASSIFIER, shapes.last, true, false)
    new NetworkTopology(
      "generated",
      (convolutions :+ classifier).asJava,
      shapes.map(_.size).sum + shapes.last.out
    )
  }

  val networks: Gen[NetworkTopology] = for {
    count <- Gen.choose(1, 6)
    convolutions <- Gen.listOfN(count, convolutions)
    classifier <- denseLayers
  } yield network(convolutions :+ classifier)
}
