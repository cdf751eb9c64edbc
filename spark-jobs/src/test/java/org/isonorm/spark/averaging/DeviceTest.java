package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceTest {
  @Test
  void withoutGpusReplicasComputeOnTheProcessor() {
    assertThat(Device.of(List.of(), true, 1)).isEqualTo(new Device(0, "cpu"));
    assertThat(Device.ofTask()).isEqualTo(new Device(0, "cpu"));
  }

  @Test
  void theAddressThatSparkAssignedIsTheDevice() {
    assertThat(Device.of(List.of("2"), false, 4)).isEqualTo(new Device(2, "gpu 2"));
  }

  @Test
  void aContainerThatSeesItsOwnGpuAloneCountsItFromZero() {
    assertThat(Device.of(List.of("3"), false, 1)).isEqualTo(new Device(0, "gpu 3"));
    assertThat(Device.of(List.of("GPU-5fd4f087"), false, 1).index()).isZero();
  }

  @Test
  void whatDoesNotFitIsOneSentenceWithTheRemedy() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Device.of(List.of("0"), true, 1))
        .withMessage(
            "Cannot compute on GPU 0: this jar computes on the CPU (build it with -Pcuda, or leave out spark.task.resource.gpu.amount)");
    assertThatIllegalStateException()
        .isThrownBy(() -> Device.of(List.of("0", "1"), false, 4))
        .withMessage(
            "Cannot use 2 GPUs for one worker: [0, 1] (set spark.task.resource.gpu.amount to 1)");
    assertThatIllegalStateException()
        .isThrownBy(() -> Device.of(List.of("4"), false, 4))
        .withMessage(
            "Cannot compute on GPU 4: this process sees 4 (let the discovery script print addresses from 0)");
    assertThatIllegalStateException()
        .isThrownBy(() -> Device.of(List.of("GPU-5fd4f087"), false, 4))
        .withMessageContaining("its address is not a number");
  }
}
