package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FloatLanes.STEP;
import static org.isonorm.network.kernel.vector.FloatLanes.get;
import static org.isonorm.network.kernel.vector.FloatLanes.put;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * The maps of F(4×4, 3×3) with the points 0, ±1, ±2 and ∞ (Lavin and Gray 2016, section 4.3); see
 * {@link WinogradTile}.
 */
final class WinogradMapsOfFour {
  private WinogradMapsOfFour() {}

  static final class Input extends WinogradTransform {
    Input() {
      super(6, 6);
    }

    @Override
    void map(
        ByteBuffer source,
        int in,
        int inStep,
        int inLine,
        ByteBuffer target,
        int out,
        int outStep,
        int outLine,
        int lines,
        int bytes) {
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < bytes; c += STEP) {
          int from = in + line * inLine + c;
          int to = out + line * outLine + c;
          FloatVector d0 = get(source, from);
          FloatVector d1 = get(source, from + inStep);
          FloatVector d2 = get(source, from + 2 * inStep);
          FloatVector d3 = get(source, from + 3 * inStep);
          FloatVector d4 = get(source, from + 4 * inStep);
          FloatVector d5 = get(source, from + 5 * inStep);
          put(d0.mul(4f).sub(d2.mul(5f)).add(d4), target, to);
          FloatVector even = d4.sub(d2.mul(4f));
          FloatVector odd = d3.sub(d1.mul(4f));
          put(even.add(odd), target, to + outStep);
          put(even.sub(odd), target, to + 2 * outStep);
          FloatVector evenOfTwo = d4.sub(d2);
          FloatVector oddOfTwo = d3.sub(d1).mul(2f);
          put(evenOfTwo.add(oddOfTwo), target, to + 3 * outStep);
          put(evenOfTwo.sub(oddOfTwo), target, to + 4 * outStep);
          put(d1.mul(4f).sub(d3.mul(5f)).add(d5), target, to + 5 * outStep);
        }
      }
    }
  }

  static final class KernelTaps extends WinogradTransform {
    KernelTaps() {
      super(3, 6);
    }

    @Override
    void map(
        ByteBuffer source,
        int in,
        int inStep,
        int inLine,
        ByteBuffer target,
        int out,
        int outStep,
        int outLine,
        int lines,
        int bytes) {
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < bytes; c += STEP) {
          int from = in + line * inLine + c;
          int to = out + line * outLine + c;
          FloatVector g0 = get(source, from);
          FloatVector g1 = get(source, from + inStep);
          FloatVector g2 = get(source, from + 2 * inStep);
          put(g0.mul(1 / 4f), target, to);
          FloatVector even = g0.add(g2).mul(-1 / 6f);
          FloatVector odd = g1.mul(-1 / 6f);
          put(even.add(odd), target, to + outStep);
          put(even.sub(odd), target, to + 2 * outStep);
          FloatVector evenOfTwo = g0.mul(1 / 24f).add(g2.mul(1 / 6f));
          FloatVector oddOfTwo = g1.mul(1 / 12f);
          put(evenOfTwo.add(oddOfTwo), target, to + 3 * outStep);
          put(evenOfTwo.sub(oddOfTwo), target, to + 4 * outStep);
          put(g2, target, to + 5 * outStep);
        }
      }
    }
  }

  static final class Output extends WinogradTransform {
    Output() {
      super(6, 4);
    }

    @Override
    void map(
        ByteBuffer source,
        int in,
        int inStep,
        int inLine,
        ByteBuffer target,
        int out,
        int outStep,
        int outLine,
        int lines,
        int bytes) {
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < bytes; c += STEP) {
          int from = in + line * inLine + c;
          int to = out + line * outLine + c;
          FloatVector m1 = get(source, from + inStep);
          FloatVector m2 = get(source, from + 2 * inStep);
          FloatVector m3 = get(source, from + 3 * inStep);
          FloatVector m4 = get(source, from + 4 * inStep);
          FloatVector even = m1.add(m2);
          FloatVector odd = m1.sub(m2);
          FloatVector evenOfTwo = m3.add(m4);
          FloatVector oddOfTwo = m3.sub(m4);
          put(get(source, from).add(even).add(evenOfTwo), target, to);
          put(odd.add(oddOfTwo.mul(2f)), target, to + outStep);
          put(even.add(evenOfTwo.mul(4f)), target, to + 2 * outStep);
          put(
              odd.add(oddOfTwo.mul(8f)).add(get(source, from + 5 * inStep)),
              target,
              to + 3 * outStep);
        }
      }
    }
  }

  static final class OutputGradient extends WinogradTransform {
    OutputGradient() {
      super(4, 6);
    }

    @Override
    void map(
        ByteBuffer source,
        int in,
        int inStep,
        int inLine,
        ByteBuffer target,
        int out,
        int outStep,
        int outLine,
        int lines,
        int bytes) {
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < bytes; c += STEP) {
          int from = in + line * inLine + c;
          int to = out + line * outLine + c;
          FloatVector y0 = get(source, from);
          FloatVector y1 = get(source, from + inStep);
          FloatVector y2 = get(source, from + 2 * inStep);
          FloatVector y3 = get(source, from + 3 * inStep);
          put(y0, target, to);
          FloatVector even = y0.add(y2);
          FloatVector odd = y1.add(y3);
          put(even.add(odd), target, to + outStep);
          put(even.sub(odd), target, to + 2 * outStep);
          FloatVector evenOfTwo = y0.add(y2.mul(4f));
          FloatVector oddOfTwo = y1.mul(2f).add(y3.mul(8f));
          put(evenOfTwo.add(oddOfTwo), target, to + 3 * outStep);
          put(evenOfTwo.sub(oddOfTwo), target, to + 4 * outStep);
          put(y3, target, to + 5 * outStep);
        }
      }
    }
  }

  static final class KernelGradient extends WinogradTransform {
    KernelGradient() {
      super(6, 3);
    }

    @Override
    void map(
        ByteBuffer source,
        int in,
        int inStep,
        int inLine,
        ByteBuffer target,
        int out,
        int outStep,
        int outLine,
        int lines,
        int bytes) {
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < bytes; c += STEP) {
          int from = in + line * inLine + c;
          int to = out + line * outLine + c;
          FloatVector m1 = get(source, from + inStep);
          FloatVector m2 = get(source, from + 2 * inStep);
          FloatVector m3 = get(source, from + 3 * inStep);
          FloatVector m4 = get(source, from + 4 * inStep);
          FloatVector even = m1.add(m2).mul(1 / 6f);
          FloatVector odd = m2.sub(m1).mul(1 / 6f);
          FloatVector evenOfTwo = m3.add(m4);
          FloatVector oddOfTwo = m3.sub(m4);
          put(get(source, from).mul(1 / 4f).sub(even).add(evenOfTwo.mul(1 / 24f)), target, to);
          put(odd.add(oddOfTwo.mul(1 / 12f)), target, to + outStep);
          put(
              evenOfTwo.mul(1 / 6f).sub(even).add(get(source, from + 5 * inStep)),
              target,
              to + 2 * outStep);
        }
      }
    }
  }
}
