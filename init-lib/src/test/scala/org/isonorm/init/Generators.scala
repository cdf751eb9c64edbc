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

  /** Rules that draw each weight by itself, so that they suit every shape and take no time. */
  val rules: Gen[InitializationRule] = Gen.oneOf(
    InitializationRule.all.asScala
      .filterNot(rule =>
        Set(
          "orthogonal",
          "orthonormal",
          "delta-orthogonal",
          "zero-ones",
          "partial-identity",
          "whitening",
          "fixup"
        )(rule.name)
      )
      .toSeq
  )

  /** A layer on its own, in a VGG whose activation is ReLU. */
  def site(layer: LayerTopology): Site =
    new Site("vgg-19", layer, false, GainChain.atInput(Activation.named("relu")).normalized)

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
      "vgg-generated",
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
