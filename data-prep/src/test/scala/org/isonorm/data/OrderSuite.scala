package org.isonorm.data

import org.isonorm.data.augmentation.EpochOrder
import org.isonorm.data.shard.PositionRange
import org.scalacheck.Gen
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

import scala.collection.JavaConverters._

class OrderSuite extends AnyFunSuite with ScalaCheckPropertyChecks {

  private val seeds = Gen.choose(Long.MinValue, Long.MaxValue)

  test("an epoch's order is a permutation of the shard's rows") {
    forAll(Gen.choose(0, 3000), seeds, Gen.choose(0, 300), Gen.choose(0, 64)) {
      (size, seed, epoch, worker) =>
        val order = EpochOrder.rows(size, seed, epoch, worker)
        assert(order.sorted === Array.range(0, size))
    }
  }

  test("shards cover every position exactly once, in sizes that differ by at most one") {
    forAll(Gen.choose(0L, 100000L), Gen.choose(1, 100), Gen.choose(0L, 100000L)) {
      (from, parts, more) =>
        val range = new PositionRange(from, from + parts + more)
        val shards = range.split(parts).asScala
        assert(shards.size === parts)
        assert(shards.head.from === range.from)
        assert(shards.last.to === range.to)
        assert(shards.zip(shards.tail).forall { case (one, next) => one.to == next.from })
        assert(shards.map(_.size).max - shards.map(_.size).min <= 1)
    }
  }

  test("every example is taken exactly once an epoch, over all workers") {
    forAll(Gen.choose(1, 8), Gen.choose(0, 500), seeds, Gen.choose(0, 50)) {
      (workers, more, seed, epoch) =>
        val range = new PositionRange(0, workers + more)
        val taken = range.split(workers).asScala.zipWithIndex.flatMap { case (shard, worker) =>
          EpochOrder.rows(shard.size.toInt, seed, epoch, worker).map(shard.from + _)
        }
        assert(taken.sorted === (0L until range.to))
    }
  }
}
