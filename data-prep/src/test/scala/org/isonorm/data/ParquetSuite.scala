package org.isonorm.data

import org.isonorm.data.reading.ShardReader
import org.isonorm.data.shard.Split
import java.nio.file.Files

import org.apache.hadoop.fs.Path
import org.scalacheck.Gen
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

import scala.collection.JavaConverters._

class ParquetSuite extends AnyFunSuite with ScalaCheckPropertyChecks {

  implicit override val generatorDrivenConfig: PropertyCheckConfiguration =
    PropertyCheckConfiguration(minSuccessful = 25)

  test("any range of a stored split reads back byte for byte") {
    val cases = for {
      rows <- Gen.choose(1, 250)
      files <- Gen.choose(1, math.min(rows, 7))
      from <- Gen.choose(0, rows - 1)
      to <- Gen.choose(from + 1, rows)
      rowGroupBytes <- Gen.oneOf(100000L, 128L << 20)
      seed <- Gen.choose(0L, Long.MaxValue)
    } yield (rows, files, from, to, rowGroupBytes, seed)
    forAll(cases) { case (rows, files, from, to, rowGroupBytes, seed) =>
      val folder = Files.createTempDirectory("isonorm-parquet")
      try {
        val examples = Stored.randomExamples(rows, seed)
        Stored.write(folder, examples, files, rowGroupBytes)
        val shard = ShardReader.read(folder.toString, Split.TRAIN, from, to, Stored.HADOOP)
        val wanted = examples.asScala.slice(from, to)
        assert(shard.images === wanted.flatMap(_.image).toArray)
        assert(shard.labels === wanted.map(_.label).toArray)
        assert(shard.indices === wanted.map(_.index).toArray)
      } finally {
        val path = new Path(folder.toString)
        path.getFileSystem(Stored.HADOOP).delete(path, true)
      }
    }
  }
}
