package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FloatLanes.STEP;
import static org.isonorm.network.kernel.vector.FloatLanes.get;
import static org.isonorm.network.kernel.vector.FloatLanes.put;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * The maps of F(2×2, 3×3) with the points 0, ±1 and ∞ (Lavin and Gray 2016, section 4.1); see
 * {@link WinogradTile}.
 */
final class WinogradMapsOfTwo {
  private WinogradMapsOfTwo() {}

  static final class Input extends WinogradTransform {
    Input() {
      super(4, 4);
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
          put(d0.sub(d2), target, to);
          put(d1.add(d2), target, to + outStep);
          put(d2.sub(d1), target, to + 2 * outStep);
          put(d1.sub(d3), target, to + 3 * outStep);
        }
      }
    }
  }

  static final class KernelTaps extends WinogradTransform {
    KernelTaps() {
      super(3, 4);
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
          FloatVector even = g0.add(g2).mul(1 / 2f);
          FloatVector odd = g1.mul(1 / 2f);
          put(g0, target, to);
          put(even.add(odd), target, to + outStep);
          put(even.sub(odd), target, to + 2 * outStep);
          put(g2, target, to + 3 * outStep);
        }
      }
    }
  }

  static final class Output extends WinogradTransform {
    Output() {
      super(4, 2);
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
          FloatVector m0 = get(source, from);
          FloatVector m1 = get(source, from + inStep);
          FloatVector m2 = get(source, from + 2 * inStep);
          FloatVector m3 = get(source, from + 3 * inStep);
          put(m0.add(m1).add(m2), target, to);
          put(m1.sub(m2).sub(m3), target, to + outStep);
        }
      }
    }
  }

  static final class OutputGradient extends WinogradTransform {
    OutputGradient() {
      super(2, 4);
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
          put(y0, target, to);
          put(y0.add(y1), target, to + outStep);
          put(y0.sub(y1), target, to + 2 * outStep);
          put(y1.neg(), target, to + 3 * outStep);
        }
      }
    }
  }

  static final class KernelGradient extends WinogradTransform {
    KernelGradient() {
      super(4, 3);
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
          FloatVector m0 = get(source, from);
          FloatVector m1 = get(source, from + inStep);
          FloatVector m2 = get(source, from + 2 * inStep);
          FloatVector m3 = get(source, from + 3 * inStep);
          FloatVector even = m1.add(m2).mul(1 / 2f);
          put(m0.add(even), target, to);
          put(m1.sub(m2).mul(1 / 2f), target, to + outStep);
          put(even.add(m3), target, to + 2 * outStep);
        }
      }
    }
  }
}
