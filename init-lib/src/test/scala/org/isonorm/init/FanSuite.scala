package org.isonorm.init

import org.isonorm.init.Generators._
import org.scalatest.funsuite.AnyFunSuite
import org.scalatestplus.scalacheck.ScalaCheckPropertyChecks

class FanSuite extends AnyFunSuite with ScalaCheckPropertyChecks {
  test("every output sums fan-in products: size is fan-in times output channels") {
    forAll(shapes) { shape =>
      assert(shape.size == shape.fan.in * shape.out)
    }
  }

  test("fan-in over fan-out is input channels of a group over output channels") {
    forAll(shapes) { shape =>
      assert(shape.fan.in * shape.out == shape.fan.out * (shape.in / shape.groups))
    }
  }

  test("grouping divides the fan-in and leaves the fan-out") {
    forAll(convolutions) { shape =>
      val ungrouped = WeightShape.convolution(shape.out, shape.in, shape.height, shape.width)
      assert(ungrouped.fan == new Fan(shape.fan.in * shape.groups, shape.fan.out))
    }
  }

  test("turning a one-group kernel around swaps the fans") {
    forAll(denseLayers) { shape =>
      assert(WeightShape.dense(shape.in, shape.out).fan == new Fan(shape.fan.out, shape.fan.in))
    }
  }
}
