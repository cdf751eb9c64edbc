package org.isonorm.spark.jobs;

import java.io.Serializable;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function2;
import scala.collection.Seq;
import scala.collection.mutable.WrappedArray;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** Spark jobs whose results are used as they arrive. */
public final class Jobs {
  private static final Logger log = LoggerFactory.getLogger(Jobs.class);

  /** Freeing memory is not worth more: what is not freed ends with the application. */
  private static final int RELEASE_SECONDS = 10;

  private Jobs() {}

  /**
   * Calls a function on every partition's executor to free what it keeps there, and unpersists the
   * RDD. Gives up after a while: an executor that hangs must not keep the driver from ending.
   */
  public static <T> void release(JavaRDD<T> resident, VoidFunction<Iterator<T>> function) {
    JavaFutureAction<Void> released = resident.foreachPartitionAsync(function);
    try {
      released.get(RELEASE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      released.cancel(true);
    } catch (ExecutionException | TimeoutException e) {
      if (!StopRequest.isMade()) {
        unreleased(e).ifPresent(log::warn);
      }
      log.debug("Executors did not free the memory of ended workers", e);
      released.cancel(true);
    }
    resident.unpersist(false);
  }

  /**
   * What to say of memory that was not freed. Nothing of a job that failed: partitions that were
   * lost are computed again, which fails of what the command has failed of, such as a file that
   * cannot be read.
   */
  static Optional<String> unreleased(Exception error) {
    return error instanceof TimeoutException
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "Cannot free the memory of ended workers: an executor has not answered for %d s (it is freed when the command ends)",
                RELEASE_SECONDS))
        : Optional.empty();
  }

  /**
   * Computes an RDD of one element a partition and hands the elements to a consumer on the driver,
   * in the order of the partitions, each as soon as its turn comes: results that have been used
   * need not stay in memory until the last task ends.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  public static <T> void forEachInOrder(
      JavaSparkContext spark, JavaRDD<T> elements, Consumer<? super T> consumer) {
    InOrder<T> inOrder = new InOrder<>(consumer);
    Function2<TaskContext, scala.collection.Iterator<T>, T> first =
        (Function2<TaskContext, scala.collection.Iterator<T>, T> & Serializable)
            (context, iterator) -> iterator.next();
    Function2<Object, T, BoxedUnit> handler =
        (partition, element) -> {
          inOrder.accept((Integer) partition, element);
          return BoxedUnit.UNIT;
        };
    Object[] numbers = new Object[elements.getNumPartitions()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    Seq partitions = WrappedArray.make(numbers);
    spark
        .sc()
        .runJob(
            elements.rdd(),
            first,
            partitions,
            handler,
            ClassTag$.MODULE$.<T>apply((Class<T>) Object.class));
  }
}
