package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Decides where gradients lie. The gradient of an output may become the gradient of its input in
 * place, and one place may serve both inputs of an addition, as long as nobody else still has to
 * read it; what several consumers give to one tensor is added up.
 */
final class BackwardPlanner {
  private final Kernels kernels;
  private final Clock clock;
  private final List<Place> places;
  private final List<AutoCloseable> made;
  private final List<Runnable> additions = new ArrayList<>();

  BackwardPlanner(Kernels kernels, Clock clock, List<Place> places, List<AutoCloseable> made) {
    this.kernels = kernels;
    this.clock = clock;
    this.places = places;
    this.made = made;
  }

  /** A moment of the step; operations are one moment each. */
  static final class Clock {
    private int now;

    int now() {
      return now;
    }

    void tick() {
      now++;
    }
  }

  /** Keeps a place until now. */
  Place read(Place place) {
    if (place.slot() != null) {
      place.slot().useAt(clock.now());
    }
    return place;
  }

  /** The gradient of an operation's output. */
  Place gradientOf(Tensor output) {
    if (output.gradient() == null) {
      throw new IllegalStateException("Cannot plan " + output + ": nothing reads its output");
    }
    return read(output.gradient());
  }

  /**
   * A place of its own for the gradient an operation gives to its input; nobody's where the input
   * needs none.
   */
  Place give(Tensor input) {
    Place place = place(input);
    give(input, place);
    return place;
  }

  /**
   * A place for the gradient an operation gives to its input, which it computes element by element
   * from its output's: the same one where nobody else reads it.
   */
  Place giveInPlace(Tensor output, Tensor input) {
    Slot slot = output.gradient().slot();
    boolean alone = slot.owners().size() == 1 && slot.owners().contains(output);
    if (!alone || input.gradient() != null) {
      return give(input);
    }
    Place place = add(new Place(slot, input.value().shape()));
    if (input.needsGradient()) {
      own(input, place);
    }
    return place;
  }

  /** Lets a place that holds an operation's gradient by its input count as the input's gradient. */
  void give(Tensor input, Place place) {
    read(place);
    if (!input.needsGradient()) {
      return;
    }
    Place before = input.gradient();
    if (before == null) {
      own(input, place);
      return;
    }
    read(before);
    boolean alone = before.slot().owners().size() == 1;
    Place sum = alone ? before : place(input);
    if (!alone) {
      before.slot().owners().remove(input);
      own(input, sum);
    }
    AddKernel kernel = kernels.add(before.slot().length());
    made.add(kernel);
    additions.add(() -> kernel.forward(before.array(), place.array(), sum.array()));
  }

  /** The gradient of an output has been used: its operation has gone backward. */
  void release(Tensor output) {
    if (output != null && output.gradient() != null) {
      output.gradient().slot().owners().remove(output);
    }
  }

  /** Additions that must follow the operation just planned. */
  List<Runnable> takeAdditions() {
    List<Runnable> taken = List.copyOf(additions);
    additions.clear();
    return taken;
  }

  /** A place shaped as a tensor's value, used now. */
  private Place place(Tensor tensor) {
    Slot valueSlot = tensor.value().slot();
    long[] shape = tensor.value().shape();
    // The caller's images have no slot; layers that compute their gradient all the same need one.
    Slot slot =
        valueSlot == null
            ? new Slot(DataType.FLOAT, Arrays.stream(shape).reduce(1, Math::multiplyExact))
            : new Slot(valueSlot.type(), valueSlot.length());
    return read(add(new Place(slot, shape)));
  }

  private Place add(Place place) {
    places.add(place);
    return place;
  }

  private void own(Tensor tensor, Place place) {
    tensor.gradient(place);
    place.slot().owners().add(tensor);
  }
}
