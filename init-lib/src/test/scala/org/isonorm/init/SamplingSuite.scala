package org.isonorm.init

import scala.collection.JavaConverters._
import scala.util.Random

import org.isonorm.init.Generators._
import org.scalacheck.Gen
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

class SamplingSuite extends AnyFunSuite with ScalaCheckPropertyChecks {
  private val seeds = Gen.long

  test("a layer's weights depend on neither the order nor the presence of other layers") {
    forAll(networks, seeds) { (network, seed) =>
      val settings = Initialization.bnGamma(0.4)
      val whole = InitializationPlan.of(network, settings)
      val shuffledLayers = new Random(seed).shuffle(network.layers.asScala).take(2).asJava
      val shuffled =
        InitializationPlan.of(
          new NetworkTopology("vgg-shuffled", shuffledLayers, network.trainedParameters),
          settings
        )
      for (entry <- shuffled.layers.asScala) {
        val same = whole.layers.asScala.find(_.layer == entry.layer).get
        assert(entry.sample(seed).sameElements(same.sample(seed)))
      }
    }
  }

  test("a sample fills the shape with finite values of the seed alone") {
    forAll(shapes, rules, distributions, seeds) { (shape, rule, distribution, seed) =>
      val settings = new Initialization(rule.name, 0.4, distribution, "1/n")
      val topology = new LayerTopology("layer", LayerKind.CONVOLUTION, shape, false, true)
      val entry = LayerInitialization.of(site(topology), settings)
      val weights = entry.sample(seed)
      assert(weights.length == shape.size)
      assert(weights.forall(!_.isNaN))
      assert(weights.forall(!_.isInfinite))
      assert(weights.sameElements(entry.sample(seed)))
    }
  }

  test("scaling the variance scales every draw by the square root") {
    forAll(distributions, initGammas, seeds) { (name, variance, seed) =>
      val unit = Distribution.named(name, 1)
      val scaled = Distribution.named(name, variance)
      val draw = unit.sample(SeedStream.of(seed).generator)
      val expected = draw * math.sqrt(variance)
      // A few roundings of a double.
      assert(
        math.abs(scaled.sample(SeedStream.of(seed).generator) - expected) <= 1e-14 * math.abs(
          expected
        )
      )
    }
  }

  test("a path of names or indices is walked the same in one call or many") {
    forAll(seeds, Gen.listOf(names), Gen.listOf(Gen.long)) { (seed, path, indices) =>
      val root = SeedStream.of(seed)
      assert(root.named(path: _*) == path.foldLeft(root)(_.named(_)))
      assert(root.at(indices: _*) == indices.foldLeft(root)(_.at(_)))
    }
  }

  test("different names, and different indices, lead to different streams") {
    forAll(seeds, names, names, Gen.long, Gen.long) { (seed, name, otherName, index, otherIndex) =>
      val root = SeedStream.of(seed)
      assert((root.named(name) == root.named(otherName)) == (name == otherName))
      assert((root.at(index) == root.at(otherIndex)) == (index == otherIndex))
      assert(root.named(name) != root.at(index))
    }
  }

  test("flipping one bit of the seed or of an index flips about half of the stream's seed") {
    forAll(seeds, Gen.long, Gen.choose(0, 63)) { (seed, index, bit) =>
      val here = SeedStream.of(seed).at(index).seed
      // Binomial(64, 1/2) has standard deviation 4: 8 to 56 is six of them.
      val flippedIndex =
        java.lang.Long.bitCount(here ^ SeedStream.of(seed).at(index ^ (1L << bit)).seed)
      val flippedSeed =
        java.lang.Long.bitCount(here ^ SeedStream.of(seed ^ (1L << bit)).at(index).seed)
      assert(flippedIndex >= 8 && flippedIndex <= 56)
      assert(flippedSeed >= 8 && flippedSeed <= 56)
    }
  }

  test("the nearest name of a valid name is itself, and edit distance is a symmetric count") {
    val valid = InitializationRule.allForClassifier.asScala.map(_.name)
    forAll(Gen.oneOf(valid.toSeq), names) { (name, other) =>
      assert(NearestName.of(name, valid.asJava) == name)
      assert(NearestName.distance(name, other) == NearestName.distance(other, name))
      assert((NearestName.distance(name, other) == 0) == (name == other))
      assert(NearestName.distance(name, other) <= math.max(name.length, other.length))
    }
  }
}
