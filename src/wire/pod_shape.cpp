#include "wire/pod_shape.hpp"

#include <array>

namespace sallyport::wire {
namespace {

using enum Take;
namespace baseline = model::baseline;

constexpr auto kProfileMembers =
    std::to_array<PodMember>({{"type", text, nullptr, baseline::kProfileTypes}, {"localhostProfile"}});
constexpr PodShape kProfile{kProfileMembers, true};

constexpr auto kSeLinuxMembers = std::to_array<PodMember>(
    {{"user", never}, {"role", never}, {"type", text, nullptr, baseline::kSeLinuxTypes}, {"level"}});
constexpr PodShape kSeLinux{kSeLinuxMembers};

constexpr auto kWindowsMembers = std::to_array<PodMember>(
    {{"gmsaCredentialSpecName"}, {"gmsaCredentialSpec"}, {"runAsUserName"}, {"hostProcess", off}});
constexpr PodShape kWindows{kWindowsMembers};

constexpr auto kSysctlMembers = std::to_array<PodMember>({{"name", text, nullptr, baseline::kSysctls}, {"value"}});
constexpr PodShape kSysctl{kSysctlMembers, true};

constexpr auto kPodContextMembers = std::to_array<PodMember>({{"seLinuxOptions", object, &kSeLinux},
                                                              {"windowsOptions", object, &kWindows},
                                                              {"runAsUser"},
                                                              {"runAsGroup"},
                                                              {"runAsNonRoot"},
                                                              {"supplementalGroups"},
                                                              {"supplementalGroupsPolicy"},
                                                              {"fsGroup"},
                                                              {"sysctls", objects, &kSysctl},
                                                              {"fsGroupChangePolicy"},
                                                              {"seccompProfile", object, &kProfile},
                                                              {"appArmorProfile", object, &kProfile},
                                                              {"seLinuxChangePolicy"}});
constexpr PodShape kPodContext{kPodContextMembers};

constexpr auto kCapabilityListsMembers =
    std::to_array<PodMember>({{"add", texts, nullptr, baseline::kCapabilities}, {"drop"}});
constexpr PodShape kCapabilityLists{kCapabilityListsMembers};

constexpr auto kContextMembers = std::to_array<PodMember>({{"capabilities", object, &kCapabilityLists},
                                                           {"privileged", off},
                                                           {"seLinuxOptions", object, &kSeLinux},
                                                           {"windowsOptions", object, &kWindows},
                                                           {"runAsUser"},
                                                           {"runAsGroup"},
                                                           {"runAsNonRoot"},
                                                           {"readOnlyRootFilesystem"},
                                                           {"allowPrivilegeEscalation"},
                                                           {"procMount", text, nullptr, baseline::kProcMounts},
                                                           {"seccompProfile", object, &kProfile},
                                                           {"appArmorProfile", object, &kProfile}});
constexpr PodShape kContext{kContextMembers};

constexpr auto kPortMembers =
    std::to_array<PodMember>({{"name"}, {"hostPort", never}, {"containerPort"}, {"protocol"}, {"hostIP"}});
constexpr PodShape kPort{kPortMembers};

constexpr auto kCallMembers =
    std::to_array<PodMember>({{"path"}, {"port"}, {"host", never}, {"scheme"}, {"httpHeaders"}, {"protocol"}});
constexpr PodShape kCall{kCallMembers};

constexpr auto kProbeMembers = std::to_array<PodMember>({{"exec"},
                                                         {"httpGet", object, &kCall},
                                                         {"tcpSocket", object, &kCall},
                                                         {"grpc"},
                                                         {"initialDelaySeconds"},
                                                         {"timeoutSeconds"},
                                                         {"periodSeconds"},
                                                         {"successThreshold"},
                                                         {"failureThreshold"},
                                                         {"terminationGracePeriodSeconds"}});
constexpr PodShape kProbe{kProbeMembers};

constexpr auto kHookMembers =
    std::to_array<PodMember>({{"exec"}, {"httpGet", object, &kCall}, {"tcpSocket", object, &kCall}, {"sleep"}});
constexpr PodShape kHook{kHookMembers};

constexpr auto kLifecycleMembers =
    std::to_array<PodMember>({{"postStart", object, &kHook}, {"preStop", object, &kHook}, {"stopSignal"}});
constexpr PodShape kLifecycle{kLifecycleMembers};

constexpr auto kContainerMembers = std::to_array<PodMember>({{"name"},
                                                             {"image"},
                                                             {"command"},
                                                             {"args"},
                                                             {"workingDir"},
                                                             {"ports", objects, &kPort},
                                                             {"envFrom"},
                                                             {"env"},
                                                             {"resources"},
                                                             {"resizePolicy"},
                                                             {"restartPolicy"},
                                                             {"restartPolicyRules"},
                                                             {"volumeMounts"},
                                                             {"volumeDevices"},
                                                             {"livenessProbe", object, &kProbe},
                                                             {"readinessProbe", object, &kProbe},
                                                             {"startupProbe", object, &kProbe},
                                                             {"lifecycle", object, &kLifecycle},
                                                             {"terminationMessagePath"},
                                                             {"terminationMessagePolicy"},
                                                             {"imagePullPolicy"},
                                                             {"securityContext", object, &kContext},
                                                             {"stdin"},
                                                             {"stdinOnce"},
                                                             {"tty"},
                                                             {"targetContainerName"}});
constexpr PodShape kContainer{kContainerMembers};

constexpr auto kVolumeMembers = std::to_array<PodMember>({{"name"},
                                                          {"hostPath", never},
                                                          {"emptyDir"},
                                                          {"gcePersistentDisk"},
                                                          {"awsElasticBlockStore"},
                                                          {"gitRepo"},
                                                          {"secret"},
                                                          {"nfs"},
                                                          {"iscsi"},
                                                          {"glusterfs"},
                                                          {"persistentVolumeClaim"},
                                                          {"rbd"},
                                                          {"flexVolume"},
                                                          {"cinder"},
                                                          {"cephfs"},
                                                          {"flocker"},
                                                          {"downwardAPI"},
                                                          {"fc"},
                                                          {"azureFile"},
                                                          {"configMap"},
                                                          {"vsphereVolume"},
                                                          {"quobyte"},
                                                          {"azureDisk"},
                                                          {"photonPersistentDisk"},
                                                          {"projected"},
                                                          {"portworxVolume"},
                                                          {"scaleIO"},
                                                          {"storageos"},
                                                          {"csi"},
                                                          {"ephemeral"},
                                                          {"image"}});
constexpr PodShape kVolume{kVolumeMembers};

constexpr auto kPodMembers = std::to_array<PodMember>({{"volumes", objects, &kVolume},
                                                       {"initContainers", objects, &kContainer},
                                                       {"containers", objects, &kContainer},
                                                       {"ephemeralContainers", objects, &kContainer},
                                                       {"restartPolicy"},
                                                       {"terminationGracePeriodSeconds"},
                                                       {"activeDeadlineSeconds"},
                                                       {"dnsPolicy"},
                                                       {"nodeSelector"},
                                                       {"serviceAccountName", account},
                                                       {"serviceAccount", account},
                                                       {"automountServiceAccountToken"},
                                                       {"nodeName"},
                                                       {"hostNetwork", off},
                                                       {"hostPID", off},
                                                       {"hostIPC", off},
                                                       {"shareProcessNamespace"},
                                                       {"securityContext", object, &kPodContext},
                                                       {"imagePullSecrets"},
                                                       {"hostname"},
                                                       {"subdomain"},
                                                       {"affinity"},
                                                       {"schedulerName"},
                                                       {"tolerations"},
                                                       {"hostAliases"},
                                                       {"priorityClassName"},
                                                       {"priority"},
                                                       {"dnsConfig"},
                                                       {"readinessGates"},
                                                       {"runtimeClassName"},
                                                       {"enableServiceLinks"},
                                                       {"preemptionPolicy"},
                                                       {"overhead"},
                                                       {"topologySpreadConstraints"},
                                                       {"setHostnameAsFQDN"},
                                                       {"os"},
                                                       {"hostUsers", off},
                                                       {"schedulingGates"},
                                                       {"resourceClaims"},
                                                       {"resources"},
                                                       {"hostnameOverride"},
                                                       {"workloadRef"},
                                                       {"schedulingGroup"},
                                                       {"evictionResponders"}});

static_assert(kPodMembers.size() <= 64, "the look keeps a bit for each");

}  // namespace

constinit const PodShape kPodSpec{kPodMembers};

}  // namespace sallyport::wire
