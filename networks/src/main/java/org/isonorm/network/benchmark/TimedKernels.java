package org.isonorm.network.benchmark;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.ClassifierKernel;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PreactivatedConvolutionKernel;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.isonorm.network.kernel.SeparableConvolutionKernel;
import org.isonorm.network.kernel.SubsampleKernel;

/**
 * Other kernels with every call timed by its part of the step. The weights' change of layout counts
 * as part of the convolution it serves. Unlike other kernels, these belong to one replica.
 */
final class TimedKernels implements InvocationHandler {

  private static final Map<Method, StepPart> PARTS = new HashMap<>();

  static {
    count(ConvolutionKernel.class, "forward", StepPart.CONVOLUTION_FORWARD);
    count(ConvolutionKernel.class, "backward", StepPart.CONVOLUTION_GRADIENTS);
    count(SeparableConvolutionKernel.class, "inputGradient", StepPart.CONVOLUTION_DATA_GRADIENT);
    count(
        SeparableConvolutionKernel.class, "weightsGradient", StepPart.CONVOLUTION_WEIGHTS_GRADIENT);
    count(InferenceConvolutionKernel.class, "forward", StepPart.CONVOLUTION_FORWARD);
    count(PreactivatedConvolutionKernel.class, "forward", StepPart.CONVOLUTION_FORWARD);
    count(BatchNormalizationKernel.class, "forwardTraining", StepPart.BATCH_NORMALIZATION_FORWARD);
    count(BatchNormalizationKernel.class, "forwardInference", StepPart.BATCH_NORMALIZATION_FORWARD);
    count(BatchNormalizationKernel.class, "backward", StepPart.BATCH_NORMALIZATION_BACKWARD);
    count(AddReluKernel.class, "forward", StepPart.ADD_RELU_FORWARD);
    count(AddReluKernel.class, "backward", StepPart.ADD_RELU_BACKWARD);
    count(PoolingKernel.class, "forwardTraining", StepPart.POOLING_FORWARD);
    count(PoolingKernel.class, "forwardInference", StepPart.POOLING_FORWARD);
    count(PoolingKernel.class, "backward", StepPart.POOLING_BACKWARD);
    count(AddKernel.class, "forward", StepPart.ADDITION);
    count(ConcatenationKernel.class, "forward", StepPart.CONCATENATION_FORWARD);
    count(ConcatenationKernel.class, "backward", StepPart.CONCATENATION_BACKWARD);
    count(ScalarAffineKernel.class, "forward", StepPart.SCALARS_FORWARD);
    count(ScalarAffineKernel.class, "backward", StepPart.SCALARS_BACKWARD);
    count(ActivationKernel.class, "forward", StepPart.ACTIVATION_FORWARD);
    count(ActivationKernel.class, "backward", StepPart.ACTIVATION_BACKWARD);
    count(SubsampleKernel.class, "forward", StepPart.SHORTCUT);
    count(SubsampleKernel.class, "backward", StepPart.SHORTCUT);
    count(ClassifierKernel.class, "forward", StepPart.LOSS_HEAD);
    count(ClassifierKernel.class, "backward", StepPart.LOSS_HEAD);
    count(Kernels.class, "nesterov", StepPart.OPTIMIZER);
    count(Kernels.class, "adamW", StepPart.OPTIMIZER);
    count(Kernels.class, "subtract", StepPart.OPTIMIZER);
    count(Kernels.class, "unitNorms", StepPart.OPTIMIZER);
    count(Kernels.class, "unitDots", StepPart.OPTIMIZER);
    count(Kernels.class, "scaleUnits", StepPart.OPTIMIZER);
    count(Kernels.class, "statisticsGradient", StepPart.RUNNING_STATISTICS);
  }

  private final Object timed;
  private final PartTimes times;

  private TimedKernels(Object timed, PartTimes times) {
    this.timed = timed;
    this.times = times;
  }

  /**
   * Kernels that compute by others.
   *
   * @param times where the time of every call is added
   */
  static Kernels of(Kernels kernels, PartTimes times) {
    return (Kernels) proxy(kernels, times, Kernels.class);
  }

  private static void count(Class<?> type, String method, StepPart part) {
    Arrays.stream(type.getDeclaredMethods())
        .filter(each -> each.getName().equals(method))
        .forEach(each -> PARTS.put(each, part));
  }

  /** What the time of a call counts as; empty of one that is not timed. */
  static Optional<StepPart> part(Method method) {
    return Optional.ofNullable(PARTS.get(method));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    if (method.getDeclaringClass() == SeparableConvolutionKernel.class && method.isDefault()) {
      // Its two gradients, each of which comes by here and is timed by itself.
      return InvocationHandler.invokeDefault(proxy, method, arguments);
    }
    StepPart part = PARTS.get(method);
    long start = System.nanoTime();
    Object result;
    try {
      result = method.invoke(timed, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (part != null) {
      times.addSince(start, part);
    }
    return wrapped(result);
  }

  /** Times the calls of kernels that kernels have made. */
  private Object wrapped(Object result) {
    if (result instanceof Optional<?> optional) {
      return optional.map(this::wrapped);
    }
    if (result instanceof Kernels) {
      return proxy(result, times, Kernels.class);
    }
    return result instanceof Kernel ? proxy(result, times, kernelsOf(result.getClass())) : result;
  }

  private static Object proxy(Object timed, PartTimes times, Class<?>... types) {
    return Proxy.newProxyInstance(
        TimedKernels.class.getClassLoader(), types, new TimedKernels(timed, times));
  }

  /** The kinds of kernel that a class implements. */
  private static Class<?>[] kernelsOf(Class<?> type) {
    Set<Class<?>> kinds = new LinkedHashSet<>();
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      for (Class<?> kind : each.getInterfaces()) {
        if (Kernel.class.isAssignableFrom(kind) && Modifier.isPublic(kind.getModifiers())) {
          kinds.add(kind);
        }
      }
    }
    return kinds.toArray(Class<?>[]::new);
  }
}
