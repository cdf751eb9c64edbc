package org.isonorm.init

import scala.collection.JavaConverters._

import org.isonorm.init.Generators._
import org.scalacheck.Gen
import org.scalactic.Tolerance._
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

class InitializationRuleSuite extends AnyFunSuite with ScalaCheckPropertyChecks {
  // A few roundings of a double, relative.
  private val Rounding = 1e-14

  test("the variance of the batch-normalization rule is proportional to 1/gamma") {
    forAll(convolutions, initGammas, initGammas) { (shape, one, other) =>
      val ratio = variance("bn-gamma", shape, one) / variance("bn-gamma", shape, other)
      assert(ratio * one / other === 1.0 +- Rounding)
    }
  }

  test("no other rule depends on gamma") {
    val others = rules.filter(_.name != "bn-gamma")
    forAll(others, shapes, initGammas, initGammas) { (rule, shape, one, other) =>
      assert(variance(rule.name, shape, one) == variance(rule.name, shape, other))
    }
  }

  test("gamma 1 is the backward rule, and gamma m/n makes it the fan-in rule") {
    forAll(convolutions) { shape =>
      assert(variance("bn-gamma", shape, 1) == variance("backward", shape, 1))
      val initGamma = shape.fan.in.toDouble / shape.fan.out
      val expected = variance("kaiming-fan-in", shape, 1)
      assert(variance("bn-gamma", shape, initGamma) === expected +- Rounding * expected)
    }
  }

  test("a scaled fan rule keeps variance times fan, whatever the shape") {
    forAll(convolutions) { shape =>
      val (n, m) = (shape.fan.in.toDouble, shape.fan.out.toDouble)
      assert(variance("kaiming-fan-in", shape, 1) * n === 2.0 +- Rounding)
      assert(variance("kaiming-fan-out", shape, 1) * m === 2.0 +- Rounding)
      assert(variance("xavier", shape, 1) * (n + m) === 2.0 +- 2 * Rounding)
      assert(variance("lecun", shape, 1) * n === 1.0 +- Rounding)
      assert(variance("framework-default", shape, 1) * n === 1.0 / 3 +- Rounding)
    }
  }

  test("xavier lies between the fan-in and the fan-out rule, and is their harmonic mean") {
    forAll(convolutions) { shape =>
      val fanIn = variance("1/n", shape, 1)
      val fanOut = variance("1/m", shape, 1)
      val xavier = variance("xavier", shape, 1)
      assert(xavier >= math.min(fanIn, fanOut) * (1 - Rounding))
      assert(xavier <= math.max(fanIn, fanOut) * (1 + Rounding))
      assert(xavier === 2 / (1 / fanIn + 1 / fanOut) +- Rounding * xavier)
    }
  }

  test("a written numerator scales the variance by itself") {
    forAll(convolutions, Gen.choose(1, 99999)) { (shape, thousandths) =>
      val numerator = thousandths / 1000.0
      val expected = numerator * variance("1/m", shape, 1)
      assert(variance(f"$numerator%.3f/m", shape, 1) === expected +- Rounding * expected)
    }
  }

  test("changing the kind of distribution never changes the variance") {
    forAll(rules, distributions, shapes, initGammas) { (rule, distribution, shape, initGamma) =>
      val settings = new Initialization(rule.name, initGamma, distribution, "1/n")
      val drawn = rule.sampler(settings, site(layer(shape)))
      assert(drawn.variance(shape) == variance(rule.name, shape, initGamma))
    }
  }

  test("a plan has the network's layers in order, each with its own fan, rule and variance") {
    forAll(networks, rules, initGammas) { (network, rule, initGamma) =>
      val plan =
        InitializationPlan.of(network, new Initialization(rule.name, initGamma, "normal", ".25/n"))
      assert(plan.layers.asScala.map(_.layer) == network.layers.asScala)
      assert(plan.layers.asScala.map(_.fan) == network.layers.asScala.map(_.shape.fan))
      assert(
        plan.layers.asScala.map(_.rule) == Seq.fill(network.layers.size - 1)(rule.name) :+ ".25/n"
      )
      assert(
        plan.layers.asScala.last.variance === 0.25 / network.layers.asScala.last.shape.in +- Rounding
      )
    }
  }

  test(
    "a plan by the batch-normalization rule expects a squared norm of 2n/gamma in every convolution's filters"
  ) {
    // E‖W‖² = size · variance = out · n · 2/(γ m), and m = out · kernel area.
    forAll(networks, initGammas) { (network, initGamma) =>
      for (
        entry <- InitializationPlan
          .of(network, Initialization.bnGamma(initGamma))
          .layers
          .asScala
          .init
      ) {
        val shape = entry.layer.shape
        val expected = 2.0 * (shape.in / shape.groups) / initGamma
        assert(shape.size * entry.variance === expected +- Rounding * expected)
      }
    }
  }

  private def layer(shape: WeightShape): LayerTopology =
    new LayerTopology("layer", LayerKind.CONVOLUTION, shape, false, true)

  private def variance(rule: String, shape: WeightShape, initGamma: Double): Double =
    InitializationRule
      .named(rule)
      .sampler(new Initialization(rule, initGamma, "normal", "1/n"), site(layer(shape)))
      .variance(shape)
}
