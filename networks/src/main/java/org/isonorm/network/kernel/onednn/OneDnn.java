package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;

import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.scratchpad_mode;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * What the oneDNN kernels share: the engine, a stream and scratch memory for each thread, and
 * memory objects without memory of their own that are aimed at an array before each call.
 *
 * <p>Scratch memory is the caller's ("user" mode): the library's own is bound to the thread that
 * created the primitive, and a replica may move between the threads of an executor.
 */
public final class OneDnn {

  public static final engine ENGINE = new engine(engine.kind.cpu, 0);

  private static final ThreadLocal<Worker> WORKER = ThreadLocal.withInitial(Worker::new);

  private OneDnn() {}

  /**
   * Loads the library.
   *
   * @throws LinkageError where this platform has none
   */
  public static void load() {
    ENGINE.get_kind();
  }

  public static memory.desc desc(memory.format_tag format, long... shape) {
    return desc(Precision.FLOAT32, format, shape);
  }

  public static memory.desc desc(Precision precision, memory.format_tag format, long... shape) {
    return new memory.desc(shape, type(precision), format);
  }

  /** Float values at a distance of one's own along each axis. */
  public static memory.desc strided(long[] shape, long[] strides) {
    return new memory.desc(shape, memory.data_type.f32, strides);
  }

  static memory.data_type type(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> memory.data_type.f32;
      case BFLOAT16 -> memory.data_type.bf16;
      case FLOAT64 ->
          throw new UnsupportedOperationException(
              "Unsupported precision: float64 (oneDNN convolves in float32 and bf16 alone)");
    };
  }

  /** The precision, if this processor multiplies it faster than float32. */
  public static Precision requireFast(Precision precision) {
    if (precision == Precision.BFLOAT16 && !multipliesBfloat16()) {
      throw new UnsupportedOperationException(
          "Unsupported precision: bf16 (this processor has neither avx512_bf16 nor amx; choose"
              + " training.precision = float32)");
    }
    return precision;
  }

  private static boolean multipliesBfloat16() {
    return has(dnnl.dnnl_cpu_isa_avx512_core_bf16);
  }

  /** Whether this processor multiplies matrices of bfloat16 in registers of their own (AMX). */
  public static boolean multipliesTiles() {
    return has(dnnl.dnnl_cpu_isa_avx512_core_amx);
  }

  /** Whether this processor computes on 256 bits at a time, which kernels in Java need. */
  public static boolean hasWideVectors() {
    return has(dnnl.dnnl_cpu_isa_avx2);
  }

  private static boolean has(int instructions) {
    // An instruction set is the bits of all that it includes.
    return (dnnl.dnnl_get_effective_cpu_isa() & instructions) == instructions;
  }

  /**
   * A vector folded into a matrix where it can be, since element-wise primitives share a single
   * axis among threads less well.
   */
  static memory.desc folded(long length, Precision precision) {
    long columns = length % 256 == 0 ? 256 : 1;
    return desc(precision, memory.format_tag.ab, length / columns, columns);
  }

  public static primitive_attr attributes() {
    primitive_attr attributes = new primitive_attr();
    attributes.set_scratchpad_mode(scratchpad_mode.user);
    return attributes;
  }

  /** Threads of the primitives that this thread makes. */
  public static int threads() {
    return NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads();
  }

  /** Makes a primitive that runs on the calling thread alone. */
  public static <T> T withOneThread(Supplier<T> make) {
    NativeOps operations = NativeOpsHolder.getInstance().getDeviceNativeOps();
    int threads = operations.ompGetMaxThreads();
    operations.setOmpNumThreads(1);
    try {
      return make.get();
    } finally {
      operations.setOmpNumThreads(threads);
    }
  }

  public static Worker worker() {
    return WORKER.get();
  }

  /**
   * A thread's stream and scratch memory. Nothing in the scratch memory outlives one kernel call.
   */
  public static final class Worker {

    private static final long ALIGNMENT = 64;

    private final stream queue = new stream(ENGINE);
    private BytePointer scratch;
    private long capacity;

    /** The aligned address of at least this many bytes, good until the next call on this thread. */
    public long scratch(long bytes) {
      if (bytes > capacity) {
        if (scratch != null) {
          scratch.deallocate();
        }
        scratch = new BytePointer(bytes + ALIGNMENT);
        capacity = bytes;
      }
      return scratch == null ? 0 : align(scratch.address());
    }

    public static long align(long address) {
      return (address + ALIGNMENT - 1) & -ALIGNMENT;
    }
  }

  /** Aims a memory object at an address; the array that owns the memory must outlive the run. */
  public static void aim(memory argument, long address) {
    argument.set_data_handle(new HostMemory.Address(address));
  }

  public static void aim(memory argument, INDArray array, long length) {
    aim(argument, array, length, Precision.FLOAT32);
  }

  public static void aim(memory argument, INDArray array, long length, Precision precision) {
    aim(argument, HostMemory.address(array, length, precision));
  }

  /**
   * The native objects of one kernel: kept from the garbage collector as long as the kernel, and
   * released with it.
   */
  public static final class Resources implements AutoCloseable {

    private final Deque<Pointer> owned = new ArrayDeque<>();

    public <P extends Pointer> P own(P pointer) {
      owned.push(pointer);
      return pointer;
    }

    public Call call(primitive work, memory.desc scratchpad) {
      return new Call(this, work, own(scratchpad));
    }

    @Override
    public void close() {
      owned.forEach(Pointer::deallocate);
      owned.clear();
    }
  }

  /** A primitive and the memory objects of its arguments. */
  public static final class Call {

    private final Resources resources;
    private final primitive work;
    private final IntMemoryMap arguments;
    private final memory scratchpad;
    private final long scratchBytes;

    private Call(Resources resources, primitive work, memory.desc scratchpadDesc) {
      this.resources = resources;
      this.work = work;
      arguments = resources.own(new IntMemoryMap());
      scratchBytes = scratchpadDesc.get_size();
      scratchpad = scratchBytes > 0 ? argument(DNNL_ARG_SCRATCHPAD, scratchpadDesc) : null;
    }

    /** Adds a memory object that is aimed before each run. */
    public memory argument(int name, memory.desc layout) {
      return argument(name, resources.own(new memory(layout, ENGINE, new HostMemory.Address(0))));
    }

    /** Adds a memory object of one's own. */
    public memory argument(int name, memory argument) {
      arguments.put(name, argument);
      return argument;
    }

    public long scratchBytes() {
      return scratchBytes;
    }

    /** Runs with the thread's scratch memory to itself. */
    public void run(INDArray... reachable) {
      Worker worker = worker();
      run(worker, worker.scratch(scratchBytes), reachable);
    }

    /**
     * Runs with the given scratch memory.
     *
     * @param reachable the arrays aimed at, which the garbage collector must not take in the
     *     meantime
     */
    public void run(Worker worker, long scratch, INDArray... reachable) {
      if (scratchpad != null) {
        aim(scratchpad, scratch);
      }
      try {
        work.execute(worker.queue, arguments);
      } finally {
        Reference.reachabilityFence(reachable);
      }
    }
  }
}
