package org.isonorm.spark.train;

import java.io.Serializable;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Function2;
import scala.collection.Iterator;
import scala.collection.Seq;
import scala.collection.mutable.WrappedArray;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** Spark jobs whose results are used as they arrive. */
final class Jobs {
  private Jobs() {}

  /**
   * Computes an RDD of one element a partition and hands the elements to a consumer on the driver,
   * in the order of the partitions, each as soon as its turn comes: results that have been used
   * need not stay in memory until the last task ends.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  static <T> void forEachInOrder(
      JavaSparkContext spark, JavaRDD<T> elements, Consumer<? super T> consumer) {
    InOrder<T> inOrder = new InOrder<>(consumer);
    Function2<TaskContext, Iterator<T>, T> first =
        (Function2<TaskContext, Iterator<T>, T> & Serializable)
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
