package org.isonorm.data.augmentation

import org.isonorm.data.shard.ImageShape
import org.scalacheck.Gen
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

class AugmentationSuite extends AnyFunSuite with ScalaCheckPropertyChecks {

  private val shapedImages: Gen[(ImageShape, Array[Byte])] = for {
    height <- Gen.choose(1, 12)
    width <- Gen.choose(1, 12)
    channels <- Gen.choose(1, 4)
    shape = new ImageShape(height, width, channels)
    image <- Gen.containerOfN[Array, Byte](shape.size, Gen.choose(Byte.MinValue, Byte.MaxValue))
  } yield (shape, image)

  private val shifts = Gen.choose(-14, 14)

  private def crop(image: Array[Byte], shape: ImageShape, down: Int, right: Int): Array[Byte] =
    Augmentation.crop(image, shape, down, right, CropFill.BLACK)

  test("flipping twice is the identity") {
    forAll(shapedImages) { case (shape, image) =>
      assert(Augmentation.flip(Augmentation.flip(image, shape), shape) === image)
    }
  }

  test("a crop that is not shifted is the identity") {
    forAll(shapedImages) { case (shape, image) =>
      assert(crop(image, shape, 0, 0) === image)
    }
  }

  test("a crop and its opposite keep what stayed inside and blacken the rest") {
    forAll(shapedImages, shifts, shifts) { case ((shape, image), down, right) =>
      val back = crop(crop(image, shape, down, right), shape, -down, -right)
      for (
        row <- 0 until shape.height; column <- 0 until shape.width; c <- 0 until shape.channels
      ) {
        val i = (row * shape.width + column) * shape.channels + c
        val stayed = row - down >= 0 && row - down < shape.height &&
          column - right >= 0 && column - right < shape.width
        assert(back(i) === (if (stayed) image(i) else 0))
      }
    }
  }

  test("flipping a crop is cropping the flipped image the other way") {
    forAll(shapedImages, shifts, shifts) { case ((shape, image), down, right) =>
      assert(
        Augmentation.flip(crop(image, shape, down, right), shape) ===
          crop(Augmentation.flip(image, shape), shape, down, -right)
      )
    }
  }

  test("Cutout blanks the pixels of its square and no others") {
    forAll(shapedImages, shifts, shifts, Gen.choose(0, 16)) {
      case ((shape, _), top, left, length) =>
        val features = Array.fill(shape.size)(1f)
        Augmentation.cutout(features, 0, shape, top, left, length)
        for (
          row <- 0 until shape.height; column <- 0 until shape.width; c <- 0 until shape.channels
        ) {
          val inside = row >= top && row < top + length && column >= left && column < left + length
          val i = (row * shape.width + column) * shape.channels + c
          assert(features(i) === (if (inside) 0f else 1f))
        }
    }
  }
}
