package org.isonorm.spark.schedule

import org.isonorm.spark.schedule.LearningRateSchedule.{Constant, Cosine, Stepwise, Warmup}
import org.scalacheck.Gen
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

import java.lang.{Long => JLong}
import scala.collection.JavaConverters._

class LearningRateScheduleSuite extends AnyFunSuite with ScalaCheckPropertyChecks {
  private val rates = Gen.choose(1e-6, 10.0)
  private val totals = Gen.choose(1L, 100000L)

  test("a cosine never rises, starts at the learning rate and ends at 0") {
    forAll(rates, totals) { (rate, total) =>
      whenever(rate > 0 && total > 0) {
        val cosine = new Cosine(rate, total)
        assert(cosine.at(0) === rate)
        assert(cosine.at(total) === 0.0)
        val stride = math.max(1L, total / 50)
        (0L to total by stride).sliding(2).filter(_.size == 2).foreach { case Seq(before, after) =>
          assert(cosine.at(after) <= cosine.at(before))
        }
      }
    }
  }

  test("a cosine is symmetric around half of its rate: lr_t + lr_(T-t) = lr") {
    forAll(rates, totals, Gen.choose(0.0, 1.0)) { (rate, total, fraction) =>
      whenever(rate > 0 && total > 0) {
        val cosine = new Cosine(rate, total)
        val step = math.round(fraction * total)
        // Angles up to π, rounded to within 1e-15 each.
        assert(math.abs(cosine.at(step) + cosine.at(total - step) - rate) <= 1e-14 * rate)
      }
    }
  }

  test("warmup is below the schedule while it lasts, rises, and is the schedule afterwards") {
    forAll(rates, Gen.choose(1L, 1000L), totals) { (rate, warmupSteps, step) =>
      whenever(rate > 0 && warmupSteps > 0 && step >= 0) {
        val warmup = new Warmup(new Constant(rate), warmupSteps)
        if (step < warmupSteps - 1) {
          assert(warmup.at(step) < rate)
          assert(warmup.at(step) < warmup.at(step + 1))
        } else {
          assert(warmup.at(step) === rate)
        }
        assert(new Warmup(new Cosine(rate, 100000L), warmupSteps).at(step) <= rate)
      }
    }
  }

  test("a stepwise rate never rises and is lr times factor^k after k boundaries") {
    forAll(rates, Gen.choose(.01, 1.0), Gen.listOf(Gen.choose(1L, 1000L))) {
      (rate, factor, steps) =>
        whenever(rate > 0 && factor > 0 && steps.forall(_ > 0)) {
          val boundaries = steps.distinct.sorted
          val schedule = new Stepwise(rate, factor, boundaries.map(JLong.valueOf).asJava)
          boundaries.zipWithIndex.foreach { case (boundary, k) =>
            assert(schedule.at(boundary) === rate * math.pow(factor, k + 1.0))
            assert(schedule.at(boundary) <= schedule.at(boundary - 1))
          }
          assert(schedule.at(0) === rate)
        }
    }
  }
}
